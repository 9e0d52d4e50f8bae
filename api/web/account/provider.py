"""Signing in at a provider of identities: away with the browser, and back again."""

from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from api.cookies import VISIT, drop, keep
from api.service import Service
from api.web.account.sign_in import opened
from api.web.frame.forms import go, source_of
from api.web.frame.shell import show
from api.wiring import Serving
from audit.log import record
from foundation.database import unit_of_work
from foundation.errors import N_, MatPhoError, NotFound
from foundation.identity import ANONYMOUS
from people.oidc import NotTied, Provider, ProviderRefused, ProviderUnavailable, ProviderUnusable, person_of, take_visit
from people.signing_in import SignedIn, sign_in_as

router = APIRouter(include_in_schema=False)
_BACK = "/sign-in/provider/return"


class ProviderMissing(NotFound):
    code = "provider_missing"
    message = N_("No provider of identities is set here")


def _provider(service: Service) -> Provider:
    if service.provider is None:
        raise ProviderMissing
    return service.provider


@router.get("/sign-in/provider")
async def leave(request: Request, service: Serving) -> Response:
    provider = _provider(service)

    def left() -> tuple[str, str]:
        with unit_of_work(service.engine) as session:
            leaving = provider.leave(session, service.clock, service.settings.address + _BACK)
        return leaving.address, leaving.browser

    try:
        address, browser = await run_sync(left)
    except (ProviderUnavailable, ProviderUnusable) as error:
        return _refused(request, error)
    answer = go(address)
    keep(answer, VISIT, browser)
    return answer


@router.get(_BACK)
async def returned(
    request: Request,
    service: Serving,
    state: Annotated[str, Query(max_length=500)] = "",
    code: Annotated[str, Query(max_length=4000)] = "",
) -> Response:
    provider = _provider(service)
    try:
        done = await run_sync(_returned, request, service, provider, state, code)
    except (ProviderRefused, ProviderUnavailable, ProviderUnusable, NotTied) as error:
        await run_sync(_record_refusal, request, service)
        answer = _refused(request, error)
    else:
        answer = opened(done)
    drop(answer, VISIT)
    return answer


def _returned(request: Request, service: Service, provider: Provider, state: str, code: str) -> SignedIn:
    with unit_of_work(service.engine) as session:
        visit = take_visit(session, service.clock, state, request.cookies.get(VISIT))
    known = provider.returned(visit, service.clock, code, service.settings.address + _BACK)
    with unit_of_work(service.engine) as session:
        person = person_of(session, provider.issuer, known.subject)
        return sign_in_as(service.house, session, person, source_of(request), strong=known.strong)


def _record_refusal(request: Request, service: Service) -> None:
    with unit_of_work(service.engine) as session:
        detail = {"by": "provider", "source": source_of(request)}
        record(session, service.clock, ANONYMOUS, "sign_in:refuse", "person", "unknown", **detail)


def _refused(request: Request, error: MatPhoError) -> Response:
    return show(request, "message.html", error, message="")
