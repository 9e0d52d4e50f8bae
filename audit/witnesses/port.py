"""What a witness is to us: somebody who takes a checkpoint and keeps it, or does not, and says why."""

from ipaddress import ip_address
from typing import Protocol

from foundation.errors import N_, BadInput, Conflict, Unavailable

WAIT_S = 20.0
"""For so long a witness may be silent within a telling."""
_MOST_RECEIPT = 200


class WitnessUnusable(BadInput):
    code = "witness_unusable"
    message = N_("“{witness}” cannot be told checkpoints: {why}")
    mend = N_("See MATPHO_AUDIT_WITNESSES and the MATPHO_MAIL_ names among the settings")


class WitnessSilent(Unavailable):
    code = "witness_silent"
    message = N_("The witness {witness} could not be told: {why}")
    mend = N_("It is tried again by itself; “matpho audit tell” tries at once")


class WitnessDisagrees(Conflict):
    code = "witness_disagrees"
    message = N_("The witness {witness} keeps another log: its checkpoint over {size} leaves is none of this one")
    mend = N_(
        "Run “matpho audit verify --against” with what it keeps: either the log was rewritten or set back, or the witness belongs to another"
    )


class Witness(Protocol):
    @property
    def name(self) -> str:
        """Its address as it may be shown: without user, password and query."""
        ...

    @property
    def every_us(self) -> int:
        """It is not told more often than that; 0 is each checkpoint."""
        ...

    def tell(self, size: int, note: str) -> str:
        """Have it keep the signed checkpoint over `size` leaves; return what it answered or where it is kept.

        Telling the same again is no error. Raises `WitnessSilent`, and `WitnessDisagrees` where the witness can tell.
        """
        ...


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def receipt_of(text: str) -> str:
    """Return what a witness said as one short line that may be printed, and stand within a sentence of ours."""
    line = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return line[:_MOST_RECEIPT].rstrip(". ")
