"""`matpho retention`: delete what policy lets go, say what was spared and whether that was enough; list what was deleted."""

import sys
from collections.abc import Iterator
from typing import Any

import click

from extract.deletion_log import as_csv, as_dicts, deletion_log
from foundation.database import unit_of_work
from foundation.errors import N_
from foundation.identity import COMMAND_LINE
from foundation.language import Language, translate
from foundation.timebase import TimeRange
from ingest.purge import Gone
from ingest.retention import Retained, free_on_disk, retain
from matpho.output import NOTHING_FOUND, PARTIAL, columns, json_option, say, span_options, told_seconds
from matpho.service import build


@click.group()
def retention() -> None:
    """How long footage is kept."""


@retention.command("run")
@json_option
def retention_run(as_json: bool) -> None:
    """Delete what policy lets go, and nothing held.

    What is older than its camera's days goes first; then, while less is free than MATPHO_KEEP_FREE_BYTES, the oldest.
    """
    service = build()
    done = retain(
        service.engine,
        service.store,
        service.clock,
        COMMAND_LINE,
        free_bytes=free_on_disk(service.store),
        keep_free_bytes=service.settings.keep_free_bytes,
    )
    say(as_json, _told(done), _lines(service.settings.language, done))
    if not done.enough:
        sys.exit(PARTIAL)


@retention.command("log")
@span_options
@click.option("--unit", help="Code of a unit of today; units within it count. Default: all.")
@click.option("--csv", "as_table", is_flag=True, help="Print CSV.")
@json_option
def retention_log(start_us: int, end_us: int, unit: str | None, as_table: bool, as_json: bool) -> None:
    """List what was deleted in a period: camera, stretch of footage, why, when, bytes where they are known."""
    service = build()
    with unit_of_work(service.engine, writes=False) as session:
        found = deletion_log(session, unit, TimeRange(start_us, end_us), service.clock.now_us())
    rows = as_dicts(found, service.zone)
    if as_table and not as_json:
        sys.stdout.write(as_csv(found, service.zone))
    else:
        say(as_json, rows, columns([["-" if value is None else str(value) for value in row.values()] for row in rows]))
    if not rows:
        sys.exit(NOTHING_FOUND)


def _told(done: Retained) -> dict[str, Any]:
    return {
        "age": _gone(done.age),
        "space": _gone(done.space),
        "left_over": done.left_over,
        "spared": {"held_us": done.held_us, "read_us": done.read_us},
        "free_bytes": done.free_bytes,
        "keep_free_bytes": done.keep_free_bytes,
        "enough": done.enough,
    }


def _gone(gone: Gone) -> dict[str, int]:
    return {"segments": gone.segments, "originals": gone.originals, "bytes": gone.bytes}


def _lines(language: Language, done: Retained) -> Iterator[str]:
    for text, gone in (
        (N_("Deleted because of age: {segments} segments and {originals} originals, {bytes} bytes"), done.age),
        (N_("Deleted to make space: {segments} segments and {originals} originals, {bytes} bytes"), done.space),
    ):
        yield translate(language, text, **_gone(gone))
    if done.left_over:
        text = N_("Finished what an earlier run had begun: {count} objects")
        yield translate(language, text, count=done.left_over)
    if done.held_us:
        text = N_("Kept beyond its time because it is held: {time} of footage")
        yield translate(language, text, time=told_seconds(done.held_us))
    if done.read_us:
        text = N_("Kept for now because somebody is reading it: {time} of footage")
        yield translate(language, text, time=told_seconds(done.read_us))
    if not done.enough:
        text = N_("{free} bytes are free, which is less than {wanted}")
        yield translate(language, text, free=done.free_bytes, wanted=done.keep_free_bytes)
        if done.exhausted:
            yield translate(language, N_("Nothing more may be deleted: what is left is held, being read or recorded"))
