"""`matpho audit`: checkpoints of the log for others to keep, and the proof that it was not rewritten."""

from pathlib import Path

import click

from audit.erasing import erase
from audit.findings import Proof
from audit.keeping import checkpoint, verifiers
from audit.note import MOST_BYTES, Checkpoint, NoteUnusable, Verifier, read_checkpoint
from audit.signing import AUDIT_KEY, open_signer
from audit.stamps import ask, check, read_roots
from audit.tables import AuditStamp
from audit.verify import verify
from foundation.database import unit_of_work
from foundation.errors import N_, BadInput, Corrupt
from foundation.identity import COMMAND_LINE
from foundation.language import translate
from foundation.timebase import format_instant, us_from_datetime
from matpho.audit_export_command import audit_export
from matpho.output import json_option, say, writing
from matpho.service import build
from matpho.witness_command import audit_tell, audit_witnesses

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


class CheckpointUnusable(BadInput):
    code = "checkpoint_unusable"
    message = N_("“{name}” cannot be used as a checkpoint of this log: {why}")
    mend = N_("Give a file that “matpho audit checkpoint --out” wrote here, and with --key the key it was signed with")


class KeyUnreadable(BadInput):
    code = "key_unreadable"
    message = N_("“{value}” is no key: {why}")
    mend = N_("Give the line that “matpho audit key” prints")


class LogRewritten(Corrupt):
    code = "log_rewritten"
    message = N_("The audit log is not what it was: {count} findings")
    mend = N_("Keep the data folder as it is, and compare it with a backup and with what witnesses keep")


@click.group()
def audit() -> None:
    """The record of every act, and its proof."""


audit.add_command(audit_export)
audit.add_command(audit_witnesses)
audit.add_command(audit_tell)


@audit.command("key")
@json_option
def audit_key(as_json: bool) -> None:
    """Print the public key that checkpoints are signed with, for who keeps them."""
    text = open_signer(build().data / AUDIT_KEY).verifier.text
    say(as_json, {"key": text}, [text])


@audit.command("checkpoint")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write it to a file as well.")
@json_option
def audit_checkpoint(out: Path | None, as_json: bool) -> None:
    """Sign what the log is now. Whoever keeps the text can prove later that it was not rewritten."""
    service = build()
    signer = open_signer(service.data / AUDIT_KEY)
    note = checkpoint(service.engine, service.clock, signer)
    if out is not None:
        with writing(out):
            out.write_text(note, encoding="utf-8")
    told = read_checkpoint(note, [signer.verifier])
    say(as_json, {"size": told.size, "root": told.root.hex(), "checkpoint": note}, note.splitlines())


@audit.command("erase")
@click.option(
    "--event", "events", type=int, multiple=True, required=True, help="Number of an event; may be given again."
)
@click.option("--why", required=True, help="The ground of the erasing, which stays in the log.")
@json_option
def audit_erase(events: tuple[int, ...], why: str, as_json: bool) -> None:
    """Erase the contents of events for ever. That they happened, when, and that they were erased stays provable."""
    service = build()
    with unit_of_work(service.engine) as session:
        erase(session, service.clock, COMMAND_LINE, events, why)
    text = translate(service.settings.language, N_("{count} events erased"), count=len(set(events)))
    say(as_json, {"erased": sorted(set(events))}, [text])


@audit.command("stamp")
@click.option("--authority", required=True, help="Address of a time-stamp authority (RFC 3161).")
@click.option("--roots", required=True, type=_FILE, help="Its root certificates, PEM.")
@json_option
def audit_stamp(authority: str, roots: Path, as_json: bool) -> None:
    """Have a third party sign its own time over what the log is now."""
    service, trusted = build(), read_roots(roots)
    signer = open_signer(service.data / AUDIT_KEY)
    note = checkpoint(service.engine, service.clock, signer)
    stamp = ask(authority, note, trusted)  # no transaction waits for a network
    size, at_us = read_checkpoint(note, [signer.verifier]).size, us_from_datetime(check(stamp, note, trusted))
    with unit_of_work(service.engine) as session:
        if session.get(AuditStamp, (size, authority)) is None:
            session.add(AuditStamp(size=size, authority=authority, at_us=at_us, stamp=stamp))
    told = format_instant(at_us, service.zone)
    text = translate(
        service.settings.language,
        N_("{size} leaves stamped at {at} by {authority}"),
        size=size,
        at=told,
        authority=authority,
    )
    say(as_json, {"size": size, "at": told, "authority": authority}, [text])


@audit.command("verify")
@click.option("--against", type=_FILE, help="A checkpoint kept elsewhere.")
@click.option("--key", help="The key it was signed with, as it was told to who keeps it.")
@click.option("--roots", type=_FILE, help="Root certificates of time-stamp authorities, to look at stamps too.")
@json_option
def audit_verify(against: Path | None, key: str | None, roots: Path | None, as_json: bool) -> None:
    """Prove that every event is what it was, and that none is missing, added, moved or rewritten."""
    service, authorities = build(), [] if roots is None else read_roots(roots)
    with unit_of_work(service.engine, writes=False) as session:
        known = verifiers(session)
        trusted = known if key is None else [_verifier(key)]
        kept = None if against is None else _checkpoint(against, trusted)
        proof = verify(session, known, kept, authorities)
    language = service.settings.language
    text = N_(
        "{events} events, {erased} erased, {size} in the tree under {checkpoints} checkpoints, {stamps} stamps, {waiting} waiting"
    )
    lines = [translate(language, text, **{name: getattr(proof, name) for name in _COUNTS}), *proof.findings]
    say(as_json, _told(proof), lines)
    if proof.findings:
        raise LogRewritten(count=len(proof.findings) + proof.more)


_COUNTS = ("events", "erased", "size", "checkpoints", "stamps", "waiting")


def _told(proof: Proof) -> dict[str, object]:
    counts = {name: getattr(proof, name) for name in _COUNTS}
    return counts | {"good": not proof.findings, "findings": proof.findings, "more_findings": proof.more}


def _verifier(text: str) -> Verifier:
    try:
        return Verifier.parse(text)
    except NoteUnusable as error:
        raise KeyUnreadable(value=text[:80], why=str(error)) from error


def _checkpoint(path: Path, trusted: list[Verifier]) -> Checkpoint:
    try:
        with path.open(encoding="utf-8") as file:
            return read_checkpoint(file.read(MOST_BYTES + 1), trusted)
    except (NoteUnusable, OSError, UnicodeDecodeError) as error:
        raise CheckpointUnusable(name=path.name, why=str(error)) from error
