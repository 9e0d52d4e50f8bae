"""What a command is told of the clock of the recorder that files come from. docs/design/recorder-clocks.md."""

from collections.abc import Callable
from typing import Any, TypedDict

import click

from foundation.errors import N_
from foundation.identity import COMMAND_LINE
from foundation.language import Language, translate
from foundation.timebase import TimeRange
from ingest.imported import ClipImported
from ingest.index.recorder_clock import MOST_UNCERTAIN_US, Comparison, as_said
from matpho.output import INSTANT, LENGTH, told_seconds


class ClockOptions(TypedDict):
    """Instants and lengths in microseconds."""

    shows_us: int | None
    true_us: int | None
    fast_us: int | None
    slow_us: int | None
    right: bool
    uncertainty_us: int | None
    far: bool


def clock_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of `ClockOptions`."""
    options = [
        click.option(
            "--clock-shows", "shows_us", type=INSTANT, help="What the recorder's clock shows; RFC 3339 with offset."
        ),
        click.option("--true-time", "true_us", type=INSTANT, help="When it truly was; now if left out."),
        click.option(
            "--clock-fast", "fast_us", type=LENGTH, help="In place of these: by how much it is fast, as 7m30s."
        ),
        click.option("--clock-slow", "slow_us", type=LENGTH, help="By how much it is slow."),
        click.option("--clock-right", "right", is_flag=True, help="It was compared, and is right."),
        click.option(
            "--clock-uncertainty", "uncertainty_us", type=LENGTH, help="How far that may be off, as 5s or 2m."
        ),
        click.option("--clock-far", "far", is_flag=True, help="It is really off by 20 hours or more."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def compared_by(said: ClockOptions, now_us: int) -> Comparison | None:
    """Return what was said of the clock; None where nobody compared it. Raises what `as_said` raises."""
    fast, slow, right = said["fast_us"], said["slow_us"], 0 if said["right"] else None
    told = [offset for offset in (fast, None if slow is None else -slow, right) if offset is not None]
    if len(told) > 1:
        raise click.BadParameter("it is one of fast, slow and right", param_hint="--clock-fast")
    unsure = said["uncertainty_us"]
    if unsure is not None and unsure > MOST_UNCERTAIN_US:
        raise click.BadParameter(
            "a comparison that is off by more than a day says nothing", param_hint="--clock-uncertainty"
        )
    return as_said(
        now_us,
        COMMAND_LINE.name,
        shows_us=said["shows_us"],
        true_us=said["true_us"],
        offset_us=told[0] if told else None,
        uncertainty_us=unsure,
        meant=said["far"],
    )


def clock_line(item: ClipImported, language: Language) -> str:
    """Return what is known of the clock by which a recording was dated."""
    found = item.compared
    if found is None:
        return translate(language, N_("nobody compared the recorder's clock: how far times are off is not known"))
    doubt = told_seconds(found.doubt_us(TimeRange(item.start_us, item.end_us)))
    by = told_seconds(abs(found.offset_us))
    text = N_("the recorder's clock is {by} fast and was put right; times may be off by {doubt}")
    if found.offset_us < 0:
        text = N_("the recorder's clock is {by} slow and was put right; times may be off by {doubt}")
    if by == told_seconds(0):
        text = N_("the recorder's clock is right; times may be off by {doubt}")
    return translate(language, text, by=by, doubt=doubt)
