"""What right and record cost a clip: the same clip made with and without them, up to its first chunk, in one process.

The catalogue has `GRANTS` (200,000) requests with their grants of 2,000 people. Beside it: the clip alone, as
`matpho clip` makes it on the machine itself, which nobody has to grant.
"""

import os
import time
from pathlib import Path

import sqlalchemy as sa
from starlette.requests import Request

from access.serving import Cut, Viewer, cut_under_grant
from access.tables import FootageGrant, FootageRequest, GrantCamera
from api.access import ACCESS
from api.asking import Asker
from api.gate import judged
from api.service import Service
from audit.log import record
from benchmarks.clip import CAMERA, NOW, prepare, span
from benchmarks.harness import alternate, percentile, say, scratch
from camera_registry.secrets import Vault
from extract.clips import make_clip, open_clip
from extract.delivery import read_chunks
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE, new_id
from foundation.settings import Settings
from foundation.storage import ObjectStore
from people import accounts, roles, tokens
from people.passwords import Passwords
from people.rights import Right, Role
from tests.support.granting import grant_everything

PEOPLE, RUNS, MINUTES = 2_000, 200, 10
CLIPS, MEDIA = "/api/v1/clips", "/api/v1/clips/{clip_id}/media.mp4"
DAY_US = 86_400_000_000


def fill(service: Service, count: int) -> str:
    """Fill the catalogue; return the token of one officer, who has as many grants as anybody and one for the clip."""
    with unit_of_work(service.engine) as session:
        for number in range(PEOPLE):
            person = accounts.add_person(session, service.clock, COMMAND_LINE, f"p{number}", "")
            roles.give_role(session, service.clock, COMMAND_LINE, person, Role.OFFICER, None)
        token = tokens.make_token(session, service.clock, COMMAND_LINE, person, "", frozenset(Right), 300).secret
        ids = list(session.execute(sa.text("SELECT id FROM person")).scalars())
    at, requests, grants, cameras = service.clock.now_us(), [], [], []
    for number in range(count):
        begins = at - (number % 700) * DAY_US
        window = {
            "start_us": begins - 1_800_000_000,
            "end_us": begins,
            "person_id": ids[number % PEOPLE],
            "purpose": "crime",
        }
        request = {
            "id": new_id(),
            "bundle_id": new_id(),
            "state": "expired",
            "case_number": f"VA-{number}",
            "why": "",
            "note": "",
        }
        grant = {"id": new_id(), "request_id": request["id"], "from_us": begins, "until_us": begins + 3 * DAY_US}
        requests.append({**request, **window, "created_us": begins, "submitted_us": begins, "decide_by_us": begins})
        grants.append({**grant, **window, "downloads": 20, "used": 0, "pre_roll": 1})
        cameras.append({"grant_id": grant["id"], "camera_id": 1})
    with unit_of_work(service.engine) as session:
        for table, rows in ((FootageRequest, requests), (FootageGrant, grants), (GrantCamera, cameras)):
            session.execute(sa.insert(table), rows)
    grant_everything(service.engine, service.clock, f"p{PEOPLE - 1}")
    return token


def asking(method: str, token: str, **names: str) -> Request:
    headers = [(b"authorization", f"Bearer {token}".encode()), (b"host", b"127.0.0.1")]
    return Request(
        {"type": "http", "method": method, "headers": headers, "path_params": names, "client": ("127.0.0.1", 1)}
    )


def alone(service: Service, store: ObjectStore) -> None:
    with unit_of_work(service.engine) as session:
        made = make_clip(session, service.clock, store, COMMAND_LINE, CAMERA, span(MINUTES))
    first_chunk(service, store, made.id)


def guarded(service: Service, store: ObjectStore, token: str) -> None:
    who: Asker = judged(asking("POST", token), service, ACCESS["POST", CLIPS], CLIPS)
    assert who.standing is not None
    viewer = Viewer(who.standing.person_id, who.actor)
    with unit_of_work(service.engine) as session:
        made = cut_under_grant(session, service.clock, store, viewer, Cut(CAMERA, span(MINUTES)))
    judged(asking("GET", token, clip_id=made.id), service, ACCESS["GET", MEDIA], MEDIA)
    first_chunk(service, store, made.id)


def first_chunk(service: Service, store: ObjectStore, clip_id: str) -> None:
    with unit_of_work(service.engine, writes=False) as session:
        virtual = open_clip(session, store, clip_id)
    next(iter(read_chunks(virtual, store, 0, virtual.size)))


def one_event(service: Service) -> None:
    with unit_of_work(service.engine) as session:
        record(session, service.clock, COMMAND_LINE, "camera:edit", "camera", CAMERA)


def main() -> None:
    count = int(os.environ.get("GRANTS", "200000"))
    with scratch("grants") as folder:
        engine, store, _ = prepare(folder, MINUTES)
        data: Path = folder / "data"
        vault = Vault.open(data / "keys" / "camera.key")
        service = Service(engine, store, NOW, vault, Settings(data=data), Passwords())
        begun = time.perf_counter()
        token = fill(service, count)
        filled = time.perf_counter() - begun
        took = alternate(
            RUNS,
            bare=lambda: alone(service, store),
            guarded=lambda: guarded(service, store, token),
            event=lambda: one_event(service),
        )
        engine.dispose()
    more = [with_it - without for with_it, without in zip(took["guarded"], took["bare"], strict=True)]

    def told(values: list[float]) -> str:
        return " / ".join(f"{percentile(values, share) * 1e3:.1f}" for share in (0.5, 0.95, 0.99)) + " ms"

    say(
        f"first chunk of a clip of {MINUTES} minutes, p50 / p95 / p99 of {RUNS}, {count:,} grants (filled in {filled:.0f} s)",
        [
            ("made and read without a grant, with its event", told(took["bare"])),
            ("asked for twice with a token, under a grant, counted, with its event", told(took["guarded"])),
            ("difference of neighbours", told(more)),
            ("ratio of the medians", f"{percentile(took['guarded'], 0.5) / percentile(took['bare'], 0.5):.2f}"),
            ("one event in a transaction of its own", told(took["event"])),
        ],
    )


if __name__ == "__main__":
    main()
