"""What a call says of the clock of the recorder that a file comes from. docs/design/recorder-clocks.md."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query

from api.parameters import Instant
from ingest.index.recorder_clock import MOST_OFFSET_US, MOST_UNCERTAIN_US, Comparison, as_said


@dataclass(frozen=True)
class Said:
    shows_us: int | None
    true_us: int | None
    offset_us: int | None
    uncertainty_us: int | None
    meant: bool

    def compared(self, now_us: int, by: str, start_us: int | None) -> Comparison | None:
        """`start_us` is the start by the recorder's clock. Raises what `as_said` and `Comparison.true_us` raise."""
        found = as_said(
            now_us,
            by,
            shows_us=self.shows_us,
            true_us=self.true_us,
            offset_us=self.offset_us,
            uncertainty_us=self.uncertainty_us,
            meant=self.meant,
        )
        if found is not None and start_us is not None:
            found.true_us(start_us, now_us)
        return found


def said(
    clock_shows: Annotated[
        Instant | None,
        Query(description="What the recorder's clock showed at `true_time`, with the offset of the house"),
    ] = None,
    true_time: Annotated[
        Instant | None, Query(description="When it truly was; without it the time at which the call comes")
    ] = None,
    clock_offset_us: Annotated[
        int | None,
        Query(
            ge=-MOST_OFFSET_US,
            le=MOST_OFFSET_US,
            description="In place of `clock_shows`: the recorder's clock minus the true time, microseconds; above 0 it is "
            "fast, 0 is a clock that was compared and is right",
            examples=[450_000_000],
        ),
    ] = None,
    clock_uncertainty_us: Annotated[
        int | None,
        Query(
            ge=0,
            le=MOST_UNCERTAIN_US,
            description="How far that may be off, microseconds; without it 5 s for two times, 120 s without `true_time`, 60 s "
            "for a difference in whole minutes",
        ),
    ] = None,
    clock_far: Annotated[
        bool, Query(description="The clock is really off by 20 hours or more; else that is refused as `clock_far_off`")
    ] = False,
) -> Said:
    return Said(clock_shows, true_time, clock_offset_us, clock_uncertainty_us, clock_far)


RecorderClock = Annotated[Said, Depends(said)]
