"""The second factor of a person: a phone that shows codes, and eight codes on paper for when it is lost."""

import base64
import secrets
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col

from audit.log import record
from foundation.clock import Clock
from foundation.identity import Actor
from foundation.vault import SealedColumn, Vault
from people import totp
from people.secrets import hashed
from people.tables import Person, RecoveryCode, SecondFactor

RECOVERY_CODES = 8
PHONE_KEY = SealedColumn(SecondFactor, "sealed_secret", "second_factor")


@dataclass(frozen=True)
class Offered:
    """What an authenticator has to be told; it counts once it has shown a right code."""

    key: str
    address: str


def has_second_factor(session: Session, person_id: str) -> bool:
    found = session.get(SecondFactor, person_id)
    return found is not None and found.confirmed_us is not None


def offer(session: Session, vault: Vault, person: Person) -> Offered:
    """Return the key to enrol with, the same until it is confirmed. There must be no confirmed one."""
    found = session.get(SecondFactor, person.id)
    if found is None:
        key = totp.new_key()
        sealed = PHONE_KEY.seal(session, vault, person.id, key)
        session.add(SecondFactor(person_id=person.id, sealed_secret=sealed))
        session.flush()
    else:
        assert found.confirmed_us is None
        key = PHONE_KEY.unseal(vault, person.id, found.sealed_secret)
    return Offered(key, totp.address(key, person.sign_in))


def confirm(
    session: Session, clock: Clock, vault: Vault, person: Person, code: str, address: str | None = None
) -> list[str] | None:
    """Enrol with the first right code and return the recovery codes, which are told once; None when it is wrong."""
    found = session.get(SecondFactor, person.id, with_for_update=True)
    if found is None or found.confirmed_us is not None:
        return None
    step = totp.matching_step(PHONE_KEY.unseal(vault, person.id, found.sealed_secret), code, clock.now_us(), 0)
    if step is None:
        return None
    found.confirmed_us, found.last_step = clock.now_us(), step
    session.add(found)
    codes = [_new_code() for _ in range(RECOVERY_CODES)]
    session.execute(sa.delete(RecoveryCode).where(col(RecoveryCode.person_id) == person.id))
    session.add_all(RecoveryCode(code_hash=_code_hash(person.id, code), person_id=person.id) for code in codes)
    session.flush()
    actor = Actor(person.sign_in, "person", address=address)
    record(session, clock, actor, "second_factor:set", "person", person.id)
    return codes


def is_right(
    session: Session, clock: Clock, vault: Vault, person: Person, code: str, address: str | None = None
) -> bool:
    """Use a code: of the phone, which works once, or of the paper, which works once, too."""
    found = session.get(SecondFactor, person.id, with_for_update=True)
    if found is None or found.confirmed_us is None:
        return False
    key = PHONE_KEY.unseal(vault, person.id, found.sealed_secret)
    step = totp.matching_step(key, code, clock.now_us(), found.last_step)
    if step is not None:
        found.last_step = step
        session.add(found)
        session.flush()
        return True
    used = session.execute(
        sa.update(RecoveryCode)
        .where(
            col(RecoveryCode.code_hash) == _code_hash(person.id, code),
            col(RecoveryCode.person_id) == person.id,
            col(RecoveryCode.used_us).is_(None),
        )
        .values(used_us=clock.now_us())
    )
    if used.rowcount != 1:  # type: ignore[attr-defined]
        return False
    actor = Actor(person.sign_in, "person", address=address)
    record(session, clock, actor, "recovery_code:use", "person", person.id)
    return True


def forget(session: Session, clock: Clock, actor: Actor, person: Person) -> None:
    """Take the second factor away, for a phone that is lost with its paper: the next sign-in enrols a new one."""
    session.execute(sa.delete(SecondFactor).where(col(SecondFactor.person_id) == person.id))
    session.execute(sa.delete(RecoveryCode).where(col(RecoveryCode.person_id) == person.id))
    session.flush()
    record(session, clock, actor, "second_factor:forget", "person", person.id)


def _new_code() -> str:
    """Return 80 random bits, to be written down: four times four letters and digits."""
    text = base64.b32encode(secrets.token_bytes(10)).decode().lower()
    return "-".join(text[place : place + 4] for place in range(0, 16, 4))


def _code_hash(person_id: str, code: str) -> str:
    letters = "".join(letter for letter in code.lower() if letter.isalnum())
    return hashed(f"{person_id}\0{letters}")
