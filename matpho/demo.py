"""`matpho demo`: a data folder with the demonstration ward and footage to ask about, then the service on it.

Everything goes in the way a real ward would: the imports of units, cameras and recordings. What is there already is left
as it is, so an interrupted demonstration goes on where it stopped.
"""

import dataclasses
import itertools
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import sqlalchemy as sa
import uvicorn
from sqlmodel import col

from api.app import create_app
from api.service import Service
from camera_registry.camera_import import import_cameras
from camera_registry.rules import set_rules
from camera_registry.tables import Camera
from camera_registry.units import import_units
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.errors import N_, Conflict
from foundation.identity import COMMAND_LINE
from foundation.language import translate
from foundation.timebase import parse_instant
from ingest.index.tables import ClipImport
from matpho import demo_ward
from matpho.demo_people import day_token, seed_grant, seed_people
from matpho.doctor.for_pages import doctor_of
from matpho.output import Progress, json_option, say
from matpho.served import note_address
from matpho.service import build, importer_of, served_at, serving
from sample_clips.generator import Recipe, make

REAL_FOOTAGE = Path(__file__).resolve().parents[2] / "shared" / "footage"


class DataFolderInUse(Conflict):
    code = "data_folder_in_use"
    message = N_("The data folder {data} holds other cameras than those of the demonstration")
    mend = N_("Give the demonstration a folder of its own: MATPHO_DATA=./demo matpho demo")


@dataclass(frozen=True)
class _Sample:
    """Footage of one witness: the `real` file of this name where it is present, else drawn by `sample_clips`."""

    camera: str
    start: str
    recipe: Recipe
    file_name: str
    real: str = ""


def _drawn(
    camera: str, start: str, seconds: int, container: str, *, rate: int = 8, sound: bool = False, real: str = ""
) -> _Sample:
    at_us = parse_instant(start)
    recipe = Recipe(
        codec="h264",
        container=container,
        rate=rate,
        seconds=seconds,
        key_every=2 * rate,
        sound="aac" if sound else None,
        camera=camera,
        start_us=at_us,
    )
    digits = start[:19].replace("-", "").replace(":", "").replace("T", "")
    return _Sample(camera, start, recipe, f"{camera}_{digits}.{recipe.suffix}", real)


def _samples() -> list[_Sample]:
    """The first has all of it, the second a hole just when it matters, the third sound; two are real footage, where that is."""
    return [
        _drawn("KP05-01", "2026-03-07T21:02:00+07:00", 360, "mp4", rate=12),
        _drawn("KP05-02", "2026-03-07T21:01:00+07:00", 225, "ts"),
        _drawn("KP05-02", "2026-03-07T21:05:30+07:00", 150, "ts"),
        _drawn("KP05-03", "2026-03-07T21:03:00+07:00", 240, "mov", sound=True),
        _drawn("KP05-04", "2026-03-07T21:04:45+07:00", 60, "mp4", real="car-detection.mp4"),
        _drawn("KP05-05", "2026-03-07T21:05:10+07:00", 60, "ts", real="pedestrians.avi"),
    ]


def seed(service: Service, footage: Path) -> Iterator[str]:
    """Fill the data folder; yield lines that say what was done. Raises `DataFolderInUse`."""
    language = service.settings.language
    with unit_of_work(service.engine, writes=False) as session:
        codes = set(session.execute(sa.select(col(Camera.code))).scalars())
    if codes and demo_ward.WITNESSES[0].code not in codes:
        raise DataFolderInUse(data=str(service.data))
    if not codes:
        since = ManualClock(parse_instant(demo_ward.SINCE))
        with unit_of_work(service.engine) as session:
            units = import_units(session, since, COMMAND_LINE, "demo.geojson", demo_ward.units())
            set_rules(session, since, COMMAND_LINE, None, demo_ward.RULES)
            done = import_cameras(session, since, service.vault, COMMAND_LINE, "demo.csv", demo_ward.cameras())
        text = N_("Demonstration ward: {units} units, {cameras} cameras, {unverified} of them with an unknown view")
        yield translate(language, text, units=units, cameras=done.count, unverified=len(done.unverified))
    with TemporaryDirectory(prefix="demo-", dir=service.data) as folder:
        for sample in _samples():
            yield from _bring(service, sample, footage, Path(folder))


def _bring(service: Service, sample: _Sample, footage: Path, folder: Path) -> Iterator[str]:
    language = service.settings.language
    if _present(service, sample):
        return
    path = footage / sample.real
    if not sample.real or not path.is_file():
        path = folder / sample.file_name
        print(translate(language, N_("Drawing {file} …"), file=path.name), file=sys.stderr)
        make(path, sample.recipe)
    progress = Progress(path.name)
    done = importer_of(service).run(
        path,
        sample.camera,
        actor=COMMAND_LINE,
        start_us=parse_instant(sample.start),
        progress=lambda told: progress.tell(told.stage, told.done, told.total),
    )
    progress.end()
    text = N_("Camera {camera}: {file}, {segments} segments, from {start}")
    yield translate(language, text, camera=sample.camera, file=path.name, segments=done.segments, start=sample.start)


def _present(service: Service, sample: _Sample) -> bool:
    question = (
        sa.select(col(ClipImport.id))
        .join(Camera, col(Camera.id) == col(ClipImport.camera_id))
        .where(col(Camera.code) == sample.camera, col(ClipImport.file_name).in_((sample.file_name, sample.real)))
        .where(col(ClipImport.state) == "done")
    )
    with unit_of_work(service.engine, writes=False) as session:
        return session.execute(question).first() is not None


def first_question(service: Service, address: str, token: str) -> list[str]:
    """Return what to try, as commands and as addresses."""
    asked = demo_ward.incident()
    language = service.settings.language
    span = f"--from {asked.start} --to {asked.end}"
    query = f"from={asked.start}&to={asked.end}".replace("+", "%2B")
    place = f"lat={asked.lat}&lon={asked.lon}"
    prefix = "" if str(service.data) == "var" else f"MATPHO_DATA={service.data} "
    matpho = f"{prefix}.venv/bin/matpho"
    return [
        "",
        translate(language, N_("On 7 March, a little after nine in the evening, two motorbikes collided. Who saw it?")),
        f"  {matpho} lookup --at {asked.lat},{asked.lon} {span}",
        f"  curl -H 'Authorization: Bearer {token}' '{address}/api/v1/lookup?{place}&radius_m=30&{query}'",
        translate(language, N_("The half minute of it, exact to the frame:")),
        f"  {matpho} clip --camera KP05-01 --from 2026-03-07T21:05:00+07:00 --to 2026-03-07T21:05:30+07:00 --out clip.mp4",
        translate(language, N_("The same by HTTP, under the grant of the officer, which the supervisor gave:")),
        f"  curl -H 'Authorization: Bearer {token}' --json '{_clip(asked)}' '{address}/api/v1/clips'",
        translate(language, N_("What the ward truly covered that evening:")),
        f"  {matpho} coverage --unit KP05 --from 2026-03-07T21:00:00+07:00 --to 2026-03-07T22:00:00+07:00",
        translate(language, N_("All calls, to try in the browser: {address}"), address=f"{address}/docs"),
        "",
    ]


def _clip(asked: demo_ward.Incident) -> str:
    return json.dumps({"camera": demo_ward.WITNESSES[0].code, "from": asked.start, "to": asked.end, "mode": "strict"})


@click.command()
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option(
    "--footage",
    type=click.Path(path_type=Path),
    default=REAL_FOOTAGE,
    help="Folder of real footage; what is not there is drawn.",
)
@click.option("--seed-only", is_flag=True, help="Fill the data folder, do not serve it.")
@json_option
def demo(port: int, footage: Path, seed_only: bool, as_json: bool) -> None:
    """Fill a data folder with the demonstration ward, print a first question, and serve it."""
    service = served_at(build(), "127.0.0.1", port)
    note_address(service)
    address = service.settings.address
    done = itertools.chain(seed(service, footage), seed_people(service, address))
    if as_json:
        told = list(done)
        seed_grant(service)
        asked = first_question(service, address, day_token(service))
        say(True, {"data": str(service.data), "done": told, "try": [line.strip() for line in asked if line]}, [])
    else:
        for line in done:
            print(line, flush=True)
        seed_grant(service)
        for line in first_question(service, address, day_token(service)):
            print(line, flush=True)
    sys.stdout.flush()
    if not seed_only:
        service = dataclasses.replace(serving(service), doctor=doctor_of(service.settings, service.clock))
        uvicorn.run(create_app(service), host="127.0.0.1", port=port, log_level="warning")
