"""What the readings of the house mean. Pure functions, one for each finding."""

from collections.abc import Iterator, Sequence

from audit.standing import Standing
from camera_registry.active import ActiveCamera
from foundation.errors import N_
from foundation.settings import Settings
from foundation.timebase import MICROSECONDS, format_instant
from ingest.places import Networks, lies_outside
from matpho.doctor.finding import Finding, Level
from matpho.doctor.house import Catalogue, House, Key, Registered

_NAMED = 5
_OTHERS_MAY = 0o077
_DAY_US = 86_400 * MICROSECONDS


def judge_house(found: House) -> Iterator[Finding]:
    """Yield a finding for each reading; what needs a catalogue only when there is one."""
    yield settings(found.settings, found.now_us)
    yield catalogue(found.catalogue)
    yield key(found.key, found.registered.cameras)
    age = key_age(found.key, found.settings.key_days, found.now_us)
    if age is not None:
        yield age
    if found.store is not None:
        mend = N_("Check MATPHO_STORE_URL and the AWS_ names, and that the store runs and lets this program write")
        yield Finding.of("store", found.store, mend)
    elif found.store_tried:
        yield Finding("store", Level.OK, N_("The object store takes, gives back and deletes"))
    if found.catalogue.readable:
        yield credentials(found.registered.cameras)
        yield networks(found.registered, found.settings)
        yield consent(found.registered.cameras)
        yield sign(found.registered.cameras)
        yield duties(found.registered)
        yield footage_ahead(found.registered.ahead, found.settings)
    if found.witnesses is not None:
        yield Finding.of("witnesses", found.witnesses)
    elif found.catalogue.readable:
        yield witnesses(found.registered.witnesses, found.settings)


def settings(found: Settings, now_us: int) -> Finding:
    """Tell the time of the street, for people to compare with a watch; a zone that is not known was refused before."""
    now = format_instant(now_us - now_us % MICROSECONDS, found.zone)
    fields = {"now": now, "zone": found.time_zone, "language": found.language}
    text = N_("It is {now} in the time zone {zone}; the language is {language}")
    return Finding("settings", Level.OK, text, fields=fields)


def catalogue(found: Catalogue) -> Finding:
    if found.error is not None:
        mend = N_("Check MATPHO_DATABASE_URL, and that the database runs and lets this program write")
        return Finding.of("catalogue", found.error, mend)
    if not found.exists:
        return Finding("catalogue", Level.WARNING, N_("There is no catalogue yet"), N_("Run `matpho init`"))
    if not found.current:
        text = N_("The catalogue is not of the version of this program")
        mend = N_("Run `matpho init`: it upgrades an older one, and says so when a newer program wrote it")
        return Finding("catalogue", Level.PROBLEM, text, mend)
    return Finding("catalogue", Level.OK, N_("The catalogue answers and is of the version of this program"))


def key(found: Key, cameras: Sequence[ActiveCamera]) -> Finding:
    fields = {"path": found.path, "mode": f"{found.mode:04o}"}
    restore = N_("Restore the key from its backup; without it the credentials of cameras have to be entered again")
    if found.error is not None:
        return Finding.of("key", found.error)
    if not found.exists and any(camera.sealed for camera in cameras):
        text = N_("The key file {path} is gone: the credentials of cameras cannot be opened")
        return Finding("key", Level.PROBLEM, text, restore, fields)
    if not found.exists:
        return Finding("key", Level.WARNING, N_("There is no key file {path} yet"), N_("Run `matpho init`"), fields)
    if found.mode & _OTHERS_MAY:
        text = N_("The key file {path} has mode {mode}: others on this machine can read or change it")
        return Finding("key", Level.PROBLEM, text, N_("Run `chmod 600 {path}`"), fields)
    if found.unopened:
        text = N_("The key does not open the credentials of {count} cameras: {codes}")
        return Finding("key", Level.PROBLEM, text, restore, fields | _named(found.unopened))
    if found.behind:
        text = N_("{count} sealed values are under another key than the newest: a rotation was not finished")
        return Finding("key", Level.WARNING, text, N_("Run `matpho keys rotate --same-key`"), {"count": found.behind})
    if not found.path:
        return Finding("key", Level.OK, N_("The program of MATPHO_KEY_COMMAND answers, and opens what is sealed"))
    return Finding("key", Level.OK, N_("The key file {path} can be read by its owner alone"), fields=fields)


def key_age(found: Key, most_days: int, now_us: int) -> Finding | None:
    """Judge how old the key is that seals; nothing is said where nobody knows."""
    if found.made_us is None:
        return None
    fields = {"days": max(0, now_us - found.made_us) // _DAY_US, "most": most_days}
    text = N_("The key that seals secrets is {days} days old; it may become {most}")
    if fields["days"] <= most_days:
        return Finding("key_age", Level.OK, text, fields=fields)
    return Finding("key_age", Level.WARNING, text, N_("Run `matpho keys rotate`, and back up the new key"), fields)


def credentials(cameras: Sequence[ActiveCamera]) -> Finding:
    live = [camera for camera in cameras if camera.live]
    without = [camera.code for camera in live if not camera.sealed]
    if without:
        text = N_("{count} live cameras have no user and password: {codes}")
        mend = N_("Enter them in the source (rtsp://user:password@…); a camera that asks for none lets anybody watch")
        return Finding("credentials", Level.WARNING, text, mend, _named(without))
    return Finding(
        "credentials", Level.OK, N_("{count} live cameras, each with credentials"), fields={"count": len(live)}
    )


def networks(found: Registered, settings: Settings) -> Finding:
    """Judge whether live cameras lie where this house connects to: by their numbers, of names by what the recorder says."""
    allowed = Networks(settings.networks_of_cameras)
    outside, kept = [], []
    for camera in found.cameras:
        bad = [anywhere for address, anywhere in camera.addresses if lies_outside(allowed, address)]
        if camera.code in found.outside or not all(bad):
            outside.append(camera.code)
        elif bad:
            kept.append(camera.code)
    mend = N_("Look whether each is a camera, and name its network in MATPHO_CAMERA_NETWORKS, or mend its address")
    if outside:
        text = N_(
            "{count} cameras are not recorded: their addresses lie outside the networks that are allowed ({codes})"
        )
        return Finding("networks", Level.WARNING, text, mend, _named(outside))
    if kept:
        text = N_(
            "{count} cameras are recorded outside the networks that are allowed, as they were before that was judged: {codes}"
        )
        return Finding("networks", Level.WARNING, text, mend, _named(kept))
    return Finding("networks", Level.OK, N_("All live cameras lie in the networks that are allowed"))


def consent(cameras: Sequence[ActiveCamera]) -> Finding:
    without = [camera.code for camera in cameras if not camera.consented]
    if without:
        text = N_("Of {count} active cameras nobody has entered when their owner agreed: {codes}")
        mend = N_("Enter their consent_date, or pause them until the owner has agreed")
        return Finding("consent", Level.WARNING, text, mend, _named(without))
    text = N_("{count} active cameras, each with the day on which its owner agreed")
    return Finding("consent", Level.OK, text, fields={"count": len(cameras)})


def sign(cameras: Sequence[ActiveCamera]) -> Finding:
    without = [camera.code for camera in cameras if not camera.signed]
    if without:
        text = N_("At {count} active cameras nobody has entered that a sign tells of them: {codes}")
        mend = N_("Look, and enter the day as their sign_checked_date; people must be told that they are recorded")
        return Finding("sign", Level.WARNING, text, mend, _named(without))
    text = N_("{count} active cameras, each with the day on which a sign was seen")
    return Finding("sign", Level.OK, text, fields={"count": len(cameras)})


def duties(found: Registered) -> Finding:
    """Judge whether rules hold the next camera back that has neither consent nor a sign."""
    without = [camera.code for camera in found.cameras if not camera.guarded]
    mend = N_("Run `matpho rules set needs_consent=yes needs_sign=yes`; docs/design/data-protection.md tells why")
    if without:
        text = N_(
            "RULES ARE NOT SET: {count} active cameras are where consent and a sign are not both asked for: {codes}"
        )
        return Finding("duties", Level.WARNING, text, mend, _named(without))
    if not found.guarded and not found.cameras:
        text = N_("RULES ARE NOT SET: a camera could become active without consent or a sign")
        return Finding("duties", Level.WARNING, text, mend)
    return Finding("duties", Level.OK, N_("The rules ask for consent and a sign before a camera becomes active"))


def footage_ahead(ahead: Sequence[tuple[str, int]], found: Settings) -> Finding:
    """Judge footage from the future: the clock was ahead when it was recorded, and has been set back since."""
    if not ahead:
        return Finding("footage_ahead", Level.OK, N_("No footage is dated later than now"))
    newest = format_instant(max(start for _, start in ahead), found.zone)
    text = N_("Footage of {count} cameras is dated later than now, up to {newest}: the clock was ahead ({codes})")
    mend = N_("Keep the clock disciplined; say with that footage that its times are wrong by as much as the clock was")
    fields = _named([code for code, _ in ahead]) | {"newest": newest}
    return Finding("footage_ahead", Level.WARNING, text, mend, fields)


def witnesses(found: Sequence[Standing], settings: Settings) -> Finding:
    """Judge whether somebody else could show that the audit log was rewritten."""
    if not found:
        text = N_("Nobody else keeps checkpoints of the audit log: who runs the service can rewrite it unseen")
        mend = N_("Name a folder, an address or a mailbox of somebody else in MATPHO_AUDIT_WITNESSES")
        return Finding("witnesses", Level.WARNING, text, mend)
    late = [one for one in found if one.late]
    if late:
        text = N_("{count} of those who keep checkpoints have not been told for long: {codes}. {why}")
        mend = N_("Run `matpho serve`, or `matpho audit tell` to see what hinders it")
        why = next((one.why(settings.language) for one in late if one.problem), "")
        fields = _named([one.name for one in late]) | {"why": why}
        return Finding("witnesses", Level.WARNING, text, mend, fields)
    text = N_("{count} others keep checkpoints of the audit log, and are told in time")
    return Finding("witnesses", Level.OK, text, fields={"count": len(found)})


def _named(codes: Sequence[str]) -> dict[str, object]:
    """Return how many they are, and the first few."""
    told = ", ".join(codes[:_NAMED])
    return {"count": len(codes), "codes": f"{told}, …" if len(codes) > _NAMED else told}
