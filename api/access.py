"""Who may call what. Every route declares its access in one table; a route that is not in it answers nobody.

There are no accounts yet. Whoever uses this machine is the one local actor and may do everything; anybody else may
only ask whether the service is well. Roles and grants will replace `identify`, not the table.

Three things make a request local, and each closes a door: the peer is a loopback address (the network), the Host is
a loopback name (a foreign page whose name was re-bound to 127.0.0.1), and a request that changes something does not
come from a page of another origin (a foreign form posted through the person's own browser).
"""

import ipaddress
from enum import StrEnum
from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import Headers

from foundation.errors import N_, Forbidden
from foundation.identity import ANONYMOUS, Actor


class Access(StrEnum):
    """What a route lets one do. Each value is also the scope that an actor needs for it; `PUBLIC` needs none."""

    PUBLIC = "public"
    REGISTRY_READ = "registry:read"
    REGISTRY_WRITE = "registry:write"
    FOOTAGE_FIND = "footage:find"
    FOOTAGE_READ = "footage:read"
    FOOTAGE_IMPORT = "footage:import"
    COVERAGE_READ = "coverage:read"
    RECORDING_READ = "recording:read"
    METRICS_READ = "metrics:read"
    AUDIT_PROVE = "audit:prove"


LOCAL = Actor("local", "person", frozenset(access.value for access in Access))

_V1 = "/api/v1"
ACCESS: dict[tuple[str, str], Access] = {
    ("GET", "/"): Access.PUBLIC,
    ("GET", "/docs"): Access.PUBLIC,
    ("GET", "/openapi.json"): Access.PUBLIC,
    ("GET", "/static/{name:path}"): Access.PUBLIC,
    ("GET", "/problems/{code}"): Access.PUBLIC,
    ("GET", "/healthz"): Access.PUBLIC,
    ("GET", "/readyz"): Access.PUBLIC,
    ("GET", "/metrics"): Access.METRICS_READ,
    ("GET", f"{_V1}/units"): Access.REGISTRY_READ,
    ("POST", f"{_V1}/units/import"): Access.REGISTRY_WRITE,
    ("GET", f"{_V1}/cameras"): Access.REGISTRY_READ,
    ("POST", f"{_V1}/cameras"): Access.REGISTRY_WRITE,
    ("POST", f"{_V1}/cameras/import"): Access.REGISTRY_WRITE,
    ("GET", f"{_V1}/cameras/{{code}}"): Access.REGISTRY_READ,
    ("PATCH", f"{_V1}/cameras/{{code}}"): Access.REGISTRY_WRITE,
    ("GET", f"{_V1}/cameras/{{code}}/timeline"): Access.FOOTAGE_FIND,
    ("GET", f"{_V1}/cameras/{{code}}/frame.jpg"): Access.FOOTAGE_READ,
    ("GET", f"{_V1}/lookup"): Access.FOOTAGE_FIND,
    ("GET", f"{_V1}/coverage"): Access.COVERAGE_READ,
    ("GET", f"{_V1}/recording"): Access.RECORDING_READ,
    ("POST", f"{_V1}/clips"): Access.FOOTAGE_READ,
    ("GET", f"{_V1}/clips/{{clip_id}}"): Access.FOOTAGE_READ,
    ("GET", f"{_V1}/clips/{{clip_id}}/media.mp4"): Access.FOOTAGE_READ,
    ("GET", f"{_V1}/clips/{{clip_id}}/media-{{part}}.mp4"): Access.FOOTAGE_READ,
    ("GET", f"{_V1}/clips/{{clip_id}}/playlist.m3u8"): Access.FOOTAGE_READ,
    ("GET", f"{_V1}/clips/{{clip_id}}/hls/{{name}}"): Access.FOOTAGE_READ,
    ("GET", f"{_V1}/clips/{{clip_id}}/times.vtt"): Access.FOOTAGE_READ,
    ("POST", f"{_V1}/imports"): Access.FOOTAGE_IMPORT,
    ("GET", f"{_V1}/imports/{{import_id}}"): Access.FOOTAGE_IMPORT,
    ("GET", f"{_V1}/audit/checkpoint"): Access.AUDIT_PROVE,
    ("GET", f"{_V1}/audit/keys"): Access.AUDIT_PROVE,
    ("GET", f"{_V1}/audit/inclusion"): Access.AUDIT_PROVE,
    ("GET", f"{_V1}/audit/consistency"): Access.AUDIT_PROVE,
    ("GET", f"{_V1}/jobs/{{job_id}}"): Access.FOOTAGE_IMPORT,
    ("DELETE", f"{_V1}/jobs/{{job_id}}"): Access.FOOTAGE_IMPORT,
}


class NotPermitted(Forbidden):
    code = "not_permitted"
    message = N_("This call needs the permission “{needs}”")
    mend = N_("Until accounts exist the service answers only this machine: use http://localhost and no foreign page")


async def permitted(request: Request) -> None:
    """Refuse the request unless its route is declared and its actor has the declared scope. Raises `NotPermitted`."""
    route = request.scope.get("route")
    access = ACCESS.get((request.method, getattr(route, "path", "")))
    actor = identify(request)
    if access is None or (access is not Access.PUBLIC and access.value not in actor.scopes):
        raise NotPermitted(needs=access.value if access else "")
    request.state.actor = actor


def actor_of(request: Request) -> Actor:
    """Return who asks, as `permitted` found it."""
    found = request.state.actor
    assert isinstance(found, Actor)
    return found


def identify(request: Request) -> Actor:
    peer = request.client.host if request.client else ""
    headers = request.headers
    here = _is_loopback(peer) and _is_local_name(_host_name(f"//{headers.get('host', '')}"))
    safe = request.method in {"GET", "HEAD", "OPTIONS"}
    return LOCAL if here and (safe or not _from_elsewhere(headers)) else ANONYMOUS


def _from_elsewhere(headers: Headers) -> bool:
    """Tell whether a browser says that the request comes from a page of another origin."""
    if headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
        return True
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2] != headers.get("host")


def _host_name(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:  # an IPv6 address without its closing bracket
        return ""


def _is_local_name(name: str) -> bool:
    return name == "localhost" or _is_loopback(name)


def _is_loopback(address: str) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return (mapped or found).is_loopback
