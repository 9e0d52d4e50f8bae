"""`matpho audit witnesses` and `matpho audit tell`: who keeps checkpoints elsewhere, and what they know."""

import sys

import click

from api.service import Service
from audit.keeping import checkpoint
from audit.signing import AUDIT_KEY, open_signer
from audit.standing import Standing, State, standings
from audit.telling import tell
from audit.witnesses import Witness, open_witnesses
from foundation.database import unit_of_work
from foundation.errors import N_, MatPhoError, NotFound
from foundation.language import translate
from foundation.timebase import MICROSECONDS, format_instant
from matpho.output import json_option, say
from matpho.service import build


class NoWitness(NotFound):
    code = "no_witness"
    message = N_("Nobody else keeps checkpoints of the audit log")
    mend = N_("Name a witness in MATPHO_AUDIT_WITNESSES; without one, who runs the service can rewrite the log")


_STATE_TEXT = {
    State.TOLD: N_("knows the newest checkpoint"),
    State.WAITING: N_("is told the newest checkpoint when it is due"),
    State.FAILING: N_("COULD NOT BE TOLD"),
}


@click.command("witnesses")
@json_option
def audit_witnesses(as_json: bool) -> None:
    """Who keeps checkpoints, what each was told last, and why it could not be told since."""
    service = build()
    found = _stand(service, _witnesses(service))
    lines = [line for one in found for line in _lines(service, one)]
    say(as_json, {"witnesses": [_as_dict(service, one) for one in found]}, lines)


@click.command("tell")
@json_option
def audit_tell(as_json: bool) -> None:
    """Sign what the log is now and tell every witness at once; exit code 1 when one could not be told."""
    service = build()
    witnesses = _witnesses(service)
    checkpoint(service.engine, service.clock, open_signer(service.data / AUDIT_KEY))
    failed = 0
    for witness in witnesses:
        try:
            tell(service.engine, service.clock, witness, at_once=True)
        except MatPhoError:  # stored, and told below with the others
            failed += 1
    found = _stand(service, witnesses)
    lines = [line for one in found for line in _lines(service, one)]
    say(as_json, {"witnesses": [_as_dict(service, one) for one in found]}, lines)
    if failed:
        sys.exit(1)


def _witnesses(service: Service) -> tuple[Witness, ...]:
    found = open_witnesses(service.settings, service.clock)
    if not found:
        raise NoWitness
    return found


def _stand(service: Service, witnesses: tuple[Witness, ...]) -> list[Standing]:
    with unit_of_work(service.engine, writes=False) as session:
        return standings(session, witnesses, service.clock.now_us())


def _lines(service: Service, one: Standing) -> list[str]:
    language, zone = service.settings.language, service.zone
    lines = [f"{one.name}: {translate(language, _STATE_TEXT[one.state])}"]
    if one.told_us is not None:
        text = N_("told {size} leaves at {at}: {receipt}")
        at = format_instant(one.told_us, zone)
        lines.append("  " + translate(language, text, size=one.told_size, at=at, receipt=one.receipt))
    if one.problem is not None and one.failed_us is not None:
        lines.append(f"  {format_instant(one.failed_us, zone)}: {one.why(language)}")
    return lines


def _as_dict(service: Service, one: Standing) -> dict[str, object]:
    def at(us: int | None) -> str | None:
        return None if us is None else format_instant(us, service.zone)

    return {
        "name": one.name,
        "state": str(one.state),
        "late": one.late,
        "owed_seconds": one.owed_us / MICROSECONDS,
        "told_size": one.told_size,
        "told": at(one.told_us),
        "receipt": one.receipt,
        "failures": one.failures,
        "failed": at(one.failed_us),
        "problem": one.why(service.settings.language) or None,
    }
