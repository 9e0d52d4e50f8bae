"""Pages let in whom the calls let in, for the same things; and a form without the token of its session does nothing for anybody."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from api.app import create_app
from api.needs import Needs, Of
from api.page_access import PAGES
from foundation.clock import ManualClock
from foundation.storage import LocalFiles
from tests.integration.api.test_authorisation import ASKED, NOT_THERE, recorded, without_waiting_for_the_disk
from tests.support.asking import Answer, Asking
from tests.support.coded_footage import Recording
from tests.support.guarded_ward import UNIT_OF, Somebody, folk, furnish, grant, merge
from tests.support.serving import serving
from tests.support.web import make_service

NOT_HERE = {
    ("GET", "/cameras/new/{step}"),
    ("GET", "/cameras/new/{draft}/photo/{kind}"),
    ("POST", "/cameras/new/{step}"),
}
"""Of a registration that somebody has begun: nobody else has it (tests/integration/camera_registry/test_drafts.py)."""


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    return recorded(tmp_path_factory.mktemp("recording"))


def asked(made: dict[str, str], who: Somebody, *, merged: bool) -> Iterator[tuple[str, str, bool]]:
    """Yield method, address, and whether this person may, of every page and every form, for every thing there is."""
    for (method, path), access in PAGES.items():
        if not isinstance(access, Needs) or (method, path) in NOT_HERE:
            continue
        right = str(access.right)
        if access.of is Of.CAMERA:
            for code, unit in UNIT_OF.items():
                yield method, path.format(code=code, kind="view"), who.may(right, unit, merged=merged)
        elif access.of is Of.UNIT:
            for unit in ("A", "B", "C"):
                yield method, path.format(code=unit), who.may(right, unit, merged=merged)
        elif "{request_id}" in path:
            yield from _requests(made, who, method, path, access, merged)
        elif access.of is Of.HOLD:
            for thing, name in made.items():
                if thing.startswith("hold:"):
                    may = who.may("hold.oversee", UNIT_OF[thing[5:]], merged=merged)
                    yield method, path.format(hold_id=name), may
        elif access.of is Of.OWN_CLIP:
            for thing, name in made.items():
                if thing.startswith("clip:"):
                    yield method, path.format(clip_id=name), who.may_see(thing[5:])
        elif access.of is Of.JOB:
            for thing, name in made.items():
                if thing.startswith("job:"):
                    yield method, path.format(import_id=name), who.may(right, UNIT_OF[thing[4:]], merged=merged)
        elif access.of is Of.OWN_UPLOAD:
            yield method, path.format(upload_id="0" * 26), False
        elif access.of is Of.EVERYWHERE:
            yield method, path.format(name="p0"), who.may(right, None, merged=merged)
        else:
            assert "{" not in path, path
            yield method, path, who.may_somewhere(right)


def _requests(
    made: dict[str, str], who: Somebody, method: str, path: str, access: Needs, merged: bool
) -> Iterator[tuple[str, str, bool]]:
    for thing, name in made.items():
        kind, code, *owner = thing.split(":")
        if kind != "request":
            continue
        own = who.name == owner[0]
        if access.of is Of.OWN_REQUEST:
            may = own and who.may_somewhere(str(access.right))
        elif access.of is Of.REQUEST:
            may = who.may(str(access.right), UNIT_OF[code], merged=merged)
        else:
            looks_after = any(who.may(one, UNIT_OF[code], merged=merged) for one in ("request.decide", "access.read"))
            may = (own and who.may_somewhere("request.read")) or looks_after
        yield method, path.format(request_id=name), may


def let_in(answer: Answer) -> bool:
    assert answer.status_code < 500, answer.text
    if answer.status_code < 400:
        return True
    code = answer.json()["code"] if "json" in answer.headers["content-type"] else ""
    return answer.status_code not in {401, 403} and code not in NOT_THERE


def test_pages_let_in_whom_the_calls_let_in(
    sqlite_engine: sa.Engine,
    data_dir: Path,
    store: LocalFiles,
    clock: ManualClock,
    recording: Recording,
    tmp_path: Path,
) -> None:
    without_waiting_for_the_disk(sqlite_engine)
    service = make_service(sqlite_engine, data_dir, clock)
    made = furnish(service, recording, store, ASKED, tmp_path)
    people = list(folk(service, ("running",)))
    grant(service, people, made)
    with serving(create_app(service)) as address, Asking(address) as client:
        for merged in (False, True):
            printed: set[str] = set()
            if merged:
                merge(service, clock)
            for who in people:
                proof = {"Authorization": f"Bearer {who.token}"}
                for method, path, may in asked(made, who, merged=merged):
                    if may and path.endswith(".pdf") and path in printed:
                        continue  # a second to print, for one who may as for the next
                    printed.add(path)
                    answer = client.request(method, path, headers=proof)
                    if method == "GET":
                        assert let_in(answer) == may, (who, path, answer.status_code)
                    else:
                        code = answer.json()["code"]
                        assert (answer.status_code, code == "from_elsewhere") == (403, True) or (
                            not may and (answer.status_code == 403 or code in NOT_THERE)
                        ), (who, method, path, answer.text)
                        assert may == (code == "from_elsewhere"), (who, method, path)


def test_every_page_with_a_name_in_it_is_tried() -> None:
    names = {name for _, path in PAGES for name in re.findall(r"{(\w+)", path)}
    tried = "code kind request_id import_id hold_id name step draft link upload_id clip_id"
    assert names <= set(tried.split())
