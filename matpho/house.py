"""Commands of the house itself: set up, serve, check."""

import dataclasses
import sys
from typing import Any

import click
import sqlalchemy as sa
import uvicorn

from api.app import create_app
from api.service import Service
from camera_registry.rules import set_rules
from camera_registry.tables import Camera, Unit, UnitRules
from foundation.database import unit_of_work
from foundation.errors import N_
from foundation.identity import COMMAND_LINE
from foundation.language import translate
from foundation.settings import Settings
from ingest.check import Level
from ingest.check import check as check_stored
from matpho.doctor.for_pages import doctor_of
from matpho.logs import keep_links_out, set_up_logs
from matpho.output import json_option, say
from matpho.recorder_process import RecorderProcess
from matpho.served import note_address
from matpho.service import build, build_noting, served_at, serving

FIRST_RULES = {"needs_consent": True, "needs_sign": True}
"""What a new catalogue asks of every camera. A catalogue of before keeps what it asked: its lists of cameras were good."""


@click.command()
@json_option
def init(as_json: bool) -> None:
    """Create or upgrade the catalogue and the keys; a new one asks for consent and a sign at every camera."""
    service, made = build_noting()
    language = service.settings.language
    rules = _first_rules(service) if made else {}
    lines = [translate(language, N_("The data folder {data} is ready"), data=str(service.data))]
    if rules:
        asked = N_(
            "A camera becomes active only with the owner's consent (consent_date) and a sign (sign_checked_date)"
        )
        other = N_(
            "Who wants it otherwise: `matpho rules set needs_consent=no needs_sign=no`, or for one unit --unit CODE"
        )
        lines += [translate(language, asked), translate(language, other)]
    say(as_json, {"data": str(service.data), "ready": True, "rules_set": rules}, lines)


def _first_rules(service: Service) -> dict[str, Any]:
    """Set the rules that a new catalogue begins with, unless somebody has begun to use it meanwhile."""
    with unit_of_work(service.engine) as session:
        for table in (Unit, Camera, UnitRules):
            if session.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first() is not None:
                return {}
        return set_rules(session, service.clock, COMMAND_LINE, None, FIRST_RULES)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--record", "records", is_flag=True, help="Record every active camera as well, in a process beside.")
@json_option
def serve(host: str, port: int, records: bool, as_json: bool) -> None:
    """Serve the HTTP API; its page is at /docs."""
    level = Settings.from_environment().log_level
    set_up_logs(level)
    built = serving(served_at(build(), host, port))
    note_address(built)
    service = dataclasses.replace(built, doctor=doctor_of(built.settings, built.clock))
    if records:
        service = dataclasses.replace(service, background=(*service.background, RecorderProcess()))
    address = f"http://{host}:{port}"
    text = translate(service.settings.language, N_("Serving {data} on {address}"), data=service.data, address=address)
    say(as_json, {"address": address, "data": str(service.data)}, [text])
    sys.stdout.flush()
    keep_links_out()
    uvicorn.run(create_app(service), host=host, port=port, log_level=level, log_config=None)


@click.command()
@click.option("--level", default="size", show_default=True, type=click.Choice(["presence", "size", "hash"]))
@json_option
def check(level: Level, as_json: bool) -> None:
    """Prove that the footage is what the catalogue says; exit code 1 when it is not."""
    service = build()
    language = service.settings.language
    found = check_stored(service.engine, service.store, level)
    problems = [
        {"camera": item.camera, "what": item.what, "problem": translate(language, item.message, **item.fields)}
        for item in found.problems
    ]
    lines = [f"{item['camera']}: {item['what']}: {item['problem']}" for item in problems]
    text = N_("{objects} objects checked ({level}), {count} problems")
    lines.append(translate(language, text, objects=found.objects, level=level, count=len(problems)))
    say(as_json, {"level": level, "objects": found.objects, "problems": problems}, lines)
    if problems:
        sys.exit(1)
