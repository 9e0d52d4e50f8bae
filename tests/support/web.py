"""The web application over a real catalogue and real files, for tests that call it as a program would."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from api.service import Service
from camera_registry.secrets import Vault
from foundation.clock import Clock
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE
from foundation.settings import Settings
from foundation.storage import open_store
from people import accounts
from people.rights import Right, Role
from people.roles import give_role
from people.tokens import make_token
from tests.support.granting import grant_everything
from tests.support.people import PASSWORDS

HOST = "http://localhost"
ALL = (Role.ADMINISTRATOR, Role.OFFICER, Role.SUPERVISOR)
"""Together they have every right but those of auditors, whom they must not meet."""


def make_service(engine: sa.Engine, data: Path, clock: Clock) -> Service:
    """Return a service without background work."""
    vault = Vault.open(data / "keys" / "camera.key")
    return Service(engine, open_store("", data), clock, vault, Settings(data=data, language="en"), PASSWORDS)


def token_of(
    service: Service, name: str = "everyone", *, unit_id: int | None = None, roles: Iterable[Role] = ALL
) -> str:
    """Return a token for all rights of an account with these roles, which is made when it is not there."""
    with unit_of_work(service.engine) as session:
        person = accounts.person_named(session, name)
        if person is None:
            person = accounts.add_person(session, service.clock, COMMAND_LINE, name, "")
            for role in roles:
                give_role(session, service.clock, COMMAND_LINE, person, role, unit_id)
        return make_token(session, service.clock, COMMAND_LINE, person, "", frozenset(Right), 300).secret


def signed_in(app: Any, **fields: str) -> dict[str, str]:
    """Return headers with which everything may be done, with a grant for all cameras there are so far; `fields` are further ones, with _ for -."""
    state = app.state
    if not hasattr(state, "token"):
        state.token = token_of(state.service)
        grant_everything(state.service.engine, state.service.clock, "everyone")
    further = {name.replace("_", "-"): value for name, value in fields.items()}
    return {"Authorization": f"Bearer {state.token}", **further}


UNITS = """{"type": "FeatureCollection", "features": [
 {"type": "Feature", "properties": {"code": "KP1", "name": "Khu phố 1", "kind": "neighbourhood"},
  "geometry": {"type": "Polygon", "coordinates": [[[106.66,10.76],[106.67,10.76],[106.67,10.77],[106.66,10.77],[106.66,10.76]]]}},
 {"type": "Feature", "properties": {"code": "KP2", "name": "Đường Láng", "kind": "neighbourhood"},
  "geometry": {"type": "Polygon", "coordinates": [[[106.67,10.76],[106.68,10.76],[106.68,10.77],[106.67,10.77],[106.67,10.76]]]}}
]}"""

CAMERAS = """\
code,name,unit,lat,lon,bearing_deg,hfov_deg,range_m,height_m,source,owner_name,owner_phone,retention_days,status
C001,Ngõ 12 Đường Láng,KP1,10.765,106.665,0,90,50,4,clips,Trần Văn Bí Mật,0912345678,30,active
C002,Chợ,KP1,10.766,106.666,,,30,,clips,,,,active
C003,Cổng trường,KP2,10.765,106.675,180,80,40,5,rtsp://admin:hunter2@10.0.0.9/live,,,,active
"""


def ask(
    app: Any, method: str, path: str, *, peer: str = "127.0.0.1", token: str | None = "", **options: Any
) -> httpx.Response:
    """Send one request to an application in this process, as if it came from the address `peer`.

    Without a `token` it is somebody who may do everything; None is nobody.
    """
    proof = {} if token is None else {"Authorization": f"Bearer {token}"} if token else signed_in(app)
    options["headers"] = proof | dict(options.get("headers") or {})

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=app, client=(peer, 50_000))
        async with httpx.AsyncClient(transport=transport, base_url=HOST) as client:
            return await client.request(method, path, **options)

    return asyncio.run(send())
