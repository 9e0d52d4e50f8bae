"""`matpho doctor`: can this machine carry the registered cameras, and what is to be mended.

Readings are taken first (`machine`, `kernel_clock`, `house`) and judged afterwards by pure functions (`judge_machine`,
`judge_house`), so that every judgement can be tried with the readings of machines that we do not have.
"""

from matpho.doctor.command import doctor

__all__ = ["doctor"]
