"""Proofs by HTTP hold for who keeps checkpoints, and nothing is proved that is not there."""

from collections.abc import Iterator

import httpx
import pytest
import sqlalchemy as sa

from api.service import Service
from audit.keeping import checkpoint
from audit.log import leaf_of
from audit.note import Checkpoint, Signer, Verifier, read_checkpoint
from audit.tree import leaf_hash, verify_consistency, verify_inclusion
from foundation.clock import ManualClock
from people.rights import Role
from tests.support.web import token_of

PLACE = "/api/v1/audit"
SIGNER = Signer("matpho/test", bytes(32))


@pytest.fixture
def auditor(client: httpx.Client, service: Service) -> Iterator[httpx.Client]:
    """Who checks the log; whoever changes cameras (`ward`) may not."""
    token = token_of(service, "inspector", roles=[Role.AUDITOR])
    with httpx.Client(base_url=client.base_url, headers={"Authorization": f"Bearer {token}"}) as found:
        yield found


def kept(client: httpx.Client) -> Checkpoint:
    """Return the newest checkpoint as somebody takes it who keeps it."""
    keys = [Verifier.parse(one) for one in client.get(f"{PLACE}/keys").json()["keys"]]
    answer = client.get(f"{PLACE}/checkpoint")
    assert answer.headers["content-type"].startswith("text/plain")
    return read_checkpoint(answer.text, keys)


def signed(engine: sa.Engine, clock: ManualClock) -> None:
    checkpoint(engine, clock, SIGNER)


def test_a_log_without_a_checkpoint_says_so(auditor: httpx.Client) -> None:
    answer = auditor.get(f"{PLACE}/checkpoint")
    assert (answer.status_code, answer.json()["code"]) == (404, "no_checkpoint")
    assert auditor.get(f"{PLACE}/keys").json() == {"keys": []}


def test_proofs_hold(ward: httpx.Client, auditor: httpx.Client, sqlite_engine: sa.Engine, clock: ManualClock) -> None:
    signed(sqlite_engine, clock)
    before = kept(auditor)
    patch = {"name": "Ngõ 12"}
    for _ in range(3):
        camera = ward.get("/api/v1/cameras/C001")
        changed = ward.patch("/api/v1/cameras/C001", json=patch, headers={"If-Match": camera.headers["etag"]})
        assert changed.status_code == 200, changed.text
        patch = {"name": patch["name"] + "a"}
    signed(sqlite_engine, clock)
    now = kept(auditor)
    assert now.size == before.size + 3
    told = auditor.get(f"{PLACE}/consistency", params={"before": before.size, "size": now.size}).json()
    path = [bytes.fromhex(one) for one in told["proof"]]
    verify_consistency(before.size, before.root, now.size, now.root, path)
    for number in range(now.size):
        told = auditor.get(f"{PLACE}/inclusion", params={"number": number, "size": now.size}).json()
        leaf = told["leaf"]
        hashed = leaf_hash(leaf_of(leaf["at_us"], leaf["action"], bytes.fromhex(leaf["commitment"])))
        verify_inclusion(hashed, number, now.size, [bytes.fromhex(one) for one in told["proof"]], now.root)


@pytest.mark.parametrize(
    ("call", "asked"),
    [
        ("inclusion", {"number": 2, "size": 2}),
        ("inclusion", {"number": 0, "size": 3000}),
        ("consistency", {"before": 1, "size": 3000}),
        ("consistency", {"before": 2, "size": 1}),
    ],
)
def test_of_what_is_not_there_nothing_is_proved(
    auditor: httpx.Client, sqlite_engine: sa.Engine, clock: ManualClock, call: str, asked: dict[str, int]
) -> None:
    signed(sqlite_engine, clock)
    answer = auditor.get(f"{PLACE}/{call}", params=asked)
    assert (answer.status_code, answer.json()["code"]) == (404, "leaf_unknown")


@pytest.mark.parametrize(
    "asked", [{}, {"number": -1, "size": 1}, {"number": "x", "size": 1}, {"number": 0, "size": 2**60}]
)
def test_numbers_that_are_none_are_named(auditor: httpx.Client, asked: dict[str, int]) -> None:
    assert auditor.get(f"{PLACE}/inclusion", params=asked).status_code == 422


def test_proofs_are_for_who_checks(ward: httpx.Client) -> None:
    answer = ward.get(f"{PLACE}/checkpoint")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
