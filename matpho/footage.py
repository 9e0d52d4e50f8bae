"""Commands of footage: recordings in, clips and frames out."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Unpack

import click

from api.service import Service
from audit.log import record
from extract.clips import ClipMade, make_clip, open_clip, read_clip
from extract.delivery import write_to
from extract.frames import frame_at
from extract.reading import begin_reading, end_reading
from foundation.database import unit_of_work
from foundation.errors import N_, MatPhoError
from foundation.identity import COMMAND_LINE
from foundation.language import Language, translate
from foundation.timebase import MICROSECONDS, TimeRange, format_instant, parse_instant
from ingest.clips_import import ClipImporter
from ingest.imported import ClipImported
from ingest.index.reasons import GAP_TEXT
from ingest.index.recorder_clock import Comparison
from matpho.clock_options import ClockOptions, clock_line, clock_options, compared_by
from matpho.output import INSTANT, PARTIAL, Progress, json_option, say, say_problem, span_options, told_seconds, writing
from matpho.service import build, importer_of

_WRITTEN_WITHIN_US = 3600 * MICROSECONDS
"""How long retention leaves the footage of a clip alone that is being written; it ends with the writing."""
SUFFIXES = frozenset((".mp4", ".m4v", ".mov", ".mkv", ".avi", ".ts", ".mts", ".m2ts", ".mpg", ".mpeg", ".3gp"))
"""What is taken for a recording inside a folder; a file that is named is tried whatever its name."""


@click.group()
def clips() -> None:
    """Recordings that were made elsewhere."""


@clips.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--camera", required=True, help="Code of the camera that recorded them.")
@click.option("--start", "start_us", type=INSTANT, help="When the recording begins; for one file only.")
@clock_options
@json_option
def clips_import(
    paths: Sequence[Path], camera: str, start_us: int | None, as_json: bool, **clock: Unpack[ClockOptions]
) -> None:
    """Import recordings: files, or folders with all they hold.

    All are looked at before any is imported; one that cannot be kept refuses them all. The originals stay as they are.
    What is said of the recorder's clock holds for all of them: starts are what it showed, and are put right.
    """
    service = build()
    compared = compared_by(clock, service.clock.now_us())
    found = [item for path in paths for item in _files(path)]
    if start_us is not None and len(found) != 1:
        raise click.BadParameter(f"there are {len(found)} files, and they did not all begin then", param_hint="--start")
    if not found:
        raise click.BadParameter("no recording in there", param_hint="PATH")
    importer = importer_of(service)
    ordered = _examined(service, importer, found, start_us, compared)
    done = [_imported(importer, path, name, camera, start_us, compared) for path, name in ordered]
    language = service.settings.language
    say(
        as_json,
        [_told(service, item) for item in done],
        (line for item in done for line in _lines(service, language, item)),
    )


def _files(path: Path) -> Iterator[tuple[Path, str]]:
    """Yield files with the names that may tell their start: below a folder, with their folders."""
    if not path.is_dir():
        yield path, path.name
        return
    for item in sorted(path.rglob("*")):
        if item.is_file() and item.suffix.lower() in SUFFIXES:
            yield item, item.relative_to(path.parent).as_posix()


def _examined(
    service: Service,
    importer: ClipImporter,
    found: list[tuple[Path, str]],
    start_us: int | None,
    compared: Comparison | None,
) -> list[tuple[Path, str]]:
    """Return the files in the order of their starts; names every one that is refused, and ends the command then."""
    starts: list[tuple[int, Path, str]] = []
    refused = 0
    for path, name in found:
        try:
            starts.append((importer.examine(path, name, start_us, compared).at_us, path, name))
        except MatPhoError as error:
            refused += 1
            say_problem(service.settings.language, error, service.zone)
    if refused:
        text = translate(
            service.settings.language, N_("Nothing was imported: {count} files cannot be kept"), count=refused
        )
        print(text, file=sys.stderr)
        sys.exit(1)
    return [(path, name) for _, path, name in sorted(starts)]


def _imported(
    importer: ClipImporter, path: Path, name: str, camera: str, start_us: int | None, compared: Comparison | None
) -> ClipImported:
    progress = Progress(path.name)
    try:
        return importer.run(
            path,
            camera,
            actor=COMMAND_LINE,
            start_us=start_us,
            compared=compared,
            file_name=name,
            progress=lambda told: progress.tell(told.stage, told.done, told.total),
        )
    finally:
        progress.end()


def _told(service: Service, item: ClipImported) -> dict[str, Any]:
    return item.as_dict(service.settings.language, service.zone)


def _lines(service: Service, language: Language, item: ClipImported) -> Iterator[str]:
    facts = {
        "file": item.file_name,
        "camera": item.camera,
        "start": format_instant(item.start_us, service.zone),
        "length": told_seconds(item.end_us - item.start_us),
        "segments": item.segments,
    }
    text = N_("{file}: camera {camera}, from {start}, {length} long, {segments} segments")
    if item.already:
        text = N_("{file}: was imported before; camera {camera}, from {start}, {length} long, {segments} segments")
    yield translate(language, text, **facts)
    yield "  " + clock_line(item, language)
    for notice in item.notices:
        yield "  " + translate(language, notice["message"], **notice["fields"])


@click.command()
@click.option("--camera", required=True)
@span_options
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="An MP4 file.")
@click.option("--mode", default="exact", show_default=True, type=click.Choice(["exact", "keyframe", "strict"]))
@click.option("--audio", is_flag=True, help="With sound, where there is any.")
@click.option("--times", is_flag=True, help="With the wall clock as a subtitle track.")
@click.option("--force", is_flag=True, help="Replace files that exist.")
@json_option
def clip(
    camera: str, start_us: int, end_us: int, out: Path, mode: str, audio: bool, times: bool, force: bool, as_json: bool
) -> None:
    """Cut a clip, exact to the frame and not re-encoded, and print its receipt.

    Where the camera changed its coding or size, the clip has several parts: FILE, FILE-2 and so on.
    """
    service = build()
    if out.exists() and not force:
        raise click.BadParameter(f"{out} exists; choose another name, or --force", param_hint="--out")
    span = TimeRange(start_us, end_us)
    with writing(out), unit_of_work(service.engine) as session:
        made = make_clip(
            session, service.clock, service.store, COMMAND_LINE, camera, span, mode, audio, times, zone=service.zone.key
        )
        kept = read_clip(session, made.id)
        begin_reading(session, service.clock, kept, _WRITTEN_WITHIN_US)
    try:
        files = _write_clip(service, made, out, force=force)
    finally:
        end_reading(service.engine, kept)
    say(as_json, {"id": made.id, "files": files, "receipt": made.receipt}, _receipt_lines(service, files, made.receipt))
    if not made.complete:
        sys.exit(PARTIAL)


def _write_clip(service: Service, made: ClipMade, out: Path, *, force: bool) -> list[str]:
    """Write the parts of a clip and return their names."""
    paths = [out.with_name(f"{out.stem}-{number}{out.suffix}") for number in range(2, len(made.receipt["parts"]) + 1)]
    there = [str(path) for path in paths if path.exists() and not force]
    if there:
        raise click.BadParameter(f"{', '.join(there)} exists; choose another name, or --force", param_hint="--out")
    for number, path in enumerate((out, *paths), 1):
        with unit_of_work(service.engine, writes=False) as session:
            virtual = open_clip(session, service.store, made.id, number)
        with writing(path):
            write_to(virtual, service.store, path)
    return [str(path) for path in (out, *paths)]


def _receipt_lines(service: Service, files: list[str], receipt: dict[str, Any]) -> Iterator[str]:
    language = service.settings.language
    for path, part in zip(files, receipt["parts"], strict=True):
        yield translate(
            language,
            N_("{path}: {frames} frames, {size} bytes, {codecs} {width}x{height}"),
            path=path,
            frames=part["frames"]["visible"],
            size=part["size_bytes"],
            codecs=", ".join(part["codecs"]),
            width=part["width"],
            height=part["height"],
        )
    delivered = _here(service, receipt["delivered"])
    yield translate(language, N_("Delivered: {start} to {end}"), **delivered)
    hidden = receipt["frames"]["hidden"]
    if hidden:
        text = N_("{count} more frames are in the file, hidden, because others are decoded from them")
        yield translate(language, text, count=hidden)
    for gap in receipt["gaps"]:
        reason = GAP_TEXT.get(gap["reason"], gap["reason"])
        text = N_("Missing: {start} to {end}, {reason}")
        yield translate(language, text, **_here(service, gap), reason=translate(language, reason))


def _here(service: Service, span: dict[str, str]) -> dict[str, str]:
    """Receipts tell UTC; people are told the time of the street."""
    times = {"start": span["from"], "end": span["to"]}
    return {name: format_instant(parse_instant(text), service.zone) for name, text in times.items()}


@click.command()
@click.option("--camera", required=True)
@click.option("--at", "at_us", required=True, type=INSTANT, help="RFC 3339 with offset.")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="A JPEG file.")
@click.option("--width", type=click.IntRange(16, 8192), help="Pixels; as recorded if left out.")
@click.option("--force", is_flag=True, help="Replace a file that exists.")
@json_option
def frame(camera: str, at_us: int, out: Path, width: int | None, force: bool, as_json: bool) -> None:
    """Write the frame that was on display at an instant."""
    service = build()
    if out.exists() and not force:
        raise click.BadParameter(f"{out} exists; choose another name, or --force", param_hint="--out")
    with unit_of_work(service.engine, writes=False) as session:
        found = frame_at(session, service.store, camera, at_us, width=width)
    with unit_of_work(service.engine) as session:
        times = {"at_us": at_us, "time_us": found.time_us}
        record(session, service.clock, COMMAND_LINE, "frame:read", "camera", camera, **times)
    with writing(out):
        out.write_bytes(found.jpeg)
    when = format_instant(found.time_us, service.zone)
    body = {"file": str(out), "camera": camera, "time": when, "width": found.width, "height": found.height}
    text = N_("{path}: the frame of {time}, {width}x{height}")
    line = translate(service.settings.language, text, path=str(out), time=when, width=found.width, height=found.height)
    say(as_json, body, [line])
