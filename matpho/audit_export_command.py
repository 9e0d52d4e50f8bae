"""`matpho audit export`: a period of the log in a file that proves itself."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import click

from audit.export import write_csv, write_ndjson
from audit.keeping import checkpoint
from audit.log import record
from audit.note import read_checkpoint
from audit.signing import AUDIT_KEY, open_signer
from foundation.database import unit_of_work
from foundation.errors import N_
from foundation.identity import COMMAND_LINE
from foundation.language import translate
from foundation.timebase import TimeRange
from matpho.output import json_option, say, span_options, writing
from matpho.service import build


@click.command("export")
@span_options
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="A .ndjson or .csv file.")
@json_option
def audit_export(start_us: int, end_us: int, out: Path, as_json: bool) -> None:
    """Write what happened in a period, each event with the proof that it is in the log."""
    if out.suffix not in {".ndjson", ".csv"}:
        raise click.BadParameter("a file that ends with .ndjson or .csv", param_hint="--out")
    service, span = build(), TimeRange(start_us, end_us)
    signer = open_signer(service.data / AUDIT_KEY)
    beside = out.with_suffix(".checkpoint")
    with writing(out):
        for path in (out, beside) if out.suffix == ".csv" else (out,):
            if path.exists():
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        # The act is stored before anything is shown, and others act while it is written: that may take long.
        with unit_of_work(service.engine) as session:
            record(session, service.clock, COMMAND_LINE, "audit:export", "audit", "log", from_us=start_us, to_us=end_us)
        note = checkpoint(service.engine, service.clock, signer)
        told = read_checkpoint(note, [signer.verifier])
        with _whole(out) as file:
            if out.suffix == ".csv":
                count = write_csv(service.engine, span, told, service.zone, file)
                beside.write_text(note, encoding="utf-8")
            else:
                count = write_ndjson(service.engine, span, note, told, signer.verifier.text, service.zone, file)
    text = translate(service.settings.language, N_("{count} events written to {name}"), count=count, name=out.name)
    say(as_json, {"events": count, "file": str(out), "checkpoint": note}, [text])


@contextmanager
def _whole(out: Path) -> Iterator[TextIO]:
    """Give a file that gets its name once it is whole; else nothing is left of it."""
    part = out.with_name(f"{out.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            yield file
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
