"""What the kernel knows of its clock: adjtimex(2), through ctypes because Python has no call for it. It changes nothing."""

import ctypes
import os
from dataclasses import dataclass

_STA_UNSYNC = 0x0040  # linux/timex.h
_LONG, _INT = ctypes.c_long, ctypes.c_int


@dataclass(frozen=True)
class KernelClock:
    """`synchronised` is None when the kernel does not say, and `why` then tells why; errors are in microseconds."""

    synchronised: bool | None
    estimated_error_us: int = 0
    largest_error_us: int = 0
    why: str = ""


class _Timex(ctypes.Structure):
    """`struct timex`; `modes` zero means that nothing is set. The end is room for what the kernel may write."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        *((name, _LONG) for name in ("offset", "freq", "maxerror", "esterror")),
        ("status", _INT),
        *((name, _LONG) for name in ("constant", "precision", "tolerance", "seconds", "fraction", "tick")),
        *((name, _LONG) for name in ("ppsfreq", "jitter")),
        ("shift", _INT),
        *((name, _LONG) for name in ("stabil", "jitcnt", "calcnt", "errcnt", "stbcnt")),
        ("tai", _INT),
        ("room", _INT * 11),
    )


def read_kernel_clock() -> KernelClock:
    """Ask the kernel. A container may not be allowed to, and other systems have no such call."""
    found = _Timex()
    try:
        adjtimex = ctypes.CDLL(None, use_errno=True).adjtimex
    except (AttributeError, OSError, TypeError):
        return KernelClock(None, why="adjtimex")
    if adjtimex(ctypes.byref(found)) < 0:
        return KernelClock(None, why=os.strerror(ctypes.get_errno()))
    return KernelClock(not found.status & _STA_UNSYNC, found.esterror, found.maxerror)
