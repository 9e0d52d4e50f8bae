"""The tallies of the throttle as they are stored. Who asks is never stored in plain: keys are hashes."""

import ipaddress
from collections.abc import Callable
from dataclasses import astuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from people.secrets import hashed
from people.sweeping import sweep
from people.tables import SignInTally
from people.throttle import LANE, PAIR, SOURCE, Rule, Tally, admitted, failed, waits_us

_OLD_US = 48 * 3600 * 1_000_000


def network_of(address: str) -> str:
    """Return what counts as one source: an IPv4 address, or the /64 that one subscriber of IPv6 has to himself."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.IPv6Network((found, 64), strict=False))
    return str(found)


def enter(session: Session, account: str, source: str, device: str | None, now_us: int) -> int:
    """Let one attempt in and return 0, or return how long it has to wait.

    `device` is that of a known device of this account. It has a tally of its own, and nobody else's failures count.
    """
    pair = _pair(account, source, device)
    keys = [pair] if device else sorted({pair, _source(source), _lane(account)})
    found = {key: _locked(session, key, now_us) for key in keys}
    wait = max(waits_us(tally, now_us) for tally in found.values())
    if wait:
        return wait
    _keep(session, pair, failed(PAIR, found[pair], now_us))
    if not device:
        _keep(session, _lane(account), admitted(LANE, found[_lane(account)], now_us))
    return 0


def was_wrong(session: Session, account: str, source: str, device: str | None, now_us: int) -> None:
    """Count a failure where it was not counted on entering; forget tallies that nobody needs any more."""
    if not device:
        rules: list[tuple[str, Rule]] = sorted(
            [(_source(source), SOURCE), (_lane(account), LANE)], key=lambda of: of[0]
        )
        for key, rule in rules:
            _change(session, key, now_us, lambda tally, rule=rule: failed(rule, tally, now_us))  # type: ignore[misc]
    sweep(session, col(SignInTally.key), col(SignInTally.last_us) < now_us - _OLD_US)


def was_right(session: Session, account: str, source: str, device: str | None) -> None:
    """Forget the failures of this account from here. Those of others remain: they are no less wrong for it."""
    session.execute(sa.delete(SignInTally).where(col(SignInTally.key) == _pair(account, source, device)))


def _pair(account: str, source: str, device: str | None) -> str:
    return hashed(f"device\0{account}\0{device}" if device else f"pair\0{account}\0{source}")


def _source(source: str) -> str:
    return hashed(f"source\0{source}")


def _lane(account: str) -> str:
    return hashed(f"lane\0{account}")


def _change(session: Session, key: str, now_us: int, change: Callable[[Tally], Tally]) -> None:
    _keep(session, key, change(_locked(session, key, now_us)))


def _locked(session: Session, key: str, now_us: int) -> Tally:
    """Return the tally, which nobody else changes until this unit of work ends. Keys are locked in ascending order."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    new = dialect.insert(SignInTally.__table__).values(key=key, failures=0, last_us=now_us, next_us=0)  # type: ignore[attr-defined]
    session.execute(new.on_conflict_do_nothing(index_elements=["key"]))
    row = session.execute(
        sa.select(col(SignInTally.failures), col(SignInTally.last_us), col(SignInTally.next_us))
        .where(col(SignInTally.key) == key)
        .with_for_update()
    ).one()
    return Tally(*row)


def _keep(session: Session, key: str, tally: Tally) -> None:
    failures, last_us, next_us = astuple(tally)
    session.execute(
        sa.update(SignInTally)
        .where(col(SignInTally.key) == key)
        .values(failures=failures, last_us=last_us, next_us=next_us)
    )
