"""What the registered live cameras ask of a machine. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

USUAL_BITS_PER_S = 2_000_000.0
"""Of a camera that was never measured: 1080p at 25 frames a second, as wards buy them."""
DAY_S = 86_400
_DAY_US = DAY_S * 1_000_000


@dataclass(frozen=True)
class LiveCamera:
    """An active camera with a live source. `bits_per_s` is None while nobody has measured it."""

    code: str
    bits_per_s: float | None
    retention_days: int | None
    recorded_us: int = 0
    """How much of it is kept already."""


@dataclass(frozen=True)
class Load:
    """`day_bytes` is what they write in a day, `kept_bytes` what is there already, `missing_bytes` what is still to
    come until every camera has as many days as were promised of it.
    """

    cameras: int
    measured: int
    bits_per_s: float
    kept_bytes: float
    missing_bytes: float
    longest_days: int

    @property
    def day_bytes(self) -> float:
        return self.bits_per_s / 8 * DAY_S


def load_of(cameras: Sequence[LiveCamera]) -> Load:
    bits = kept = missing = 0.0
    for camera in cameras:
        rate = camera.bits_per_s or USUAL_BITS_PER_S
        day_bytes, days = rate / 8 * DAY_S, camera.recorded_us / _DAY_US
        bits += rate
        kept += day_bytes * days
        missing += day_bytes * max(0.0, (camera.retention_days or 0) - days)
    return Load(
        cameras=len(cameras),
        measured=sum(1 for camera in cameras if camera.bits_per_s),
        bits_per_s=bits,
        kept_bytes=kept,
        missing_bytes=missing,
        longest_days=max((camera.retention_days or 0 for camera in cameras), default=0),
    )
