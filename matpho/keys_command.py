"""`matpho keys`: the keys that seal the secrets of the house. No command shows one."""

import sys

import click

from api.service import Service
from foundation.database import unit_of_work
from foundation.errors import N_
from foundation.identity import COMMAND_LINE
from foundation.language import translate
from foundation.timebase import format_instant
from matpho.key_rotation import OLD, retire, rotate, uses
from matpho.output import PARTIAL, columns, json_option, say
from matpho.service import build


@click.group()
def keys() -> None:
    """The keys that seal credentials of cameras and keys of phones."""


@keys.command("list")
@json_option
def keys_list(as_json: bool) -> None:
    """Tell which keys there are, which one seals, and how many values need each."""
    service = build()
    with unit_of_work(service.engine, writes=False) as session:
        counted = uses(session)
    current = service.vault.keeper.known()[0].id
    known = [
        {
            "key": info.id,
            "made": None if info.made_us is None else format_instant(info.made_us, service.zone),
            "current": info.id == current,
            "values": counted.pop(info.id, 0),
        }
        for keeper in service.vault.keepers
        for info in keeper.known()
    ]
    old = counted.pop(OLD, 0)
    body = {"keys": known, "old_values": old, "unknown": dict(counted)}
    language = service.settings.language
    rows = [
        [str(one["key"]), str(one["made"] or "-"), str(one["values"]), _current(service, bool(one["current"]))]
        for one in known
    ]
    lines = columns(rows)
    if old:
        lines.append(translate(language, N_("{count} values are sealed as before there were several keys"), count=old))
    for key, count in counted.items():
        lines.append(
            translate(language, N_("{count} values need the key {key}, which is not there"), count=count, key=key)
        )
    say(as_json, body, lines)


def _current(service: Service, current: bool) -> str:
    return translate(service.settings.language, N_("seals")) if current else ""


@keys.command("rotate")
@click.option("--same-key", is_flag=True, help="Make no key: bring to the one of now what an earlier key seals.")
@json_option
def keys_rotate(same_key: bool, as_json: bool) -> None:
    """Make a new key and bring everything sealed to it; may be stopped anywhere and repeated."""
    service = build()
    done = rotate(service.engine, service.vault, service.clock, COMMAND_LINE, new_key=not same_key)
    language = service.settings.language
    lines = [translate(language, N_("{count} values were brought to the key {key}"), count=done.sealed, key=done.key)]
    if done.unopened:
        text = N_(
            "{count} values cannot be opened with any key and stay as they are; `matpho doctor` names the cameras"
        )
        lines.append(translate(language, text, count=done.unopened))
    say(as_json, {"key": done.key, "sealed": done.sealed, "unopened": done.unopened}, lines)
    if done.unopened:
        sys.exit(PARTIAL)


@keys.command("retire")
@click.argument("key")
@json_option
def keys_retire(key: str, as_json: bool) -> None:
    """Forget a key that nothing needs any more, for ever; backups of before need it still."""
    service = build()
    retire(service.engine, service.vault, service.clock, COMMAND_LINE, key)
    text = translate(service.settings.language, N_("The key {key} is forgotten"), key=key)
    say(as_json, {"retired": key}, [text])
