"""The frame of every page: template, language, menu, notices. What a page shows it is handed; it asks for nothing itself."""

from collections.abc import Callable
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined

from access.tables import FootageRequest
from api.asking import Asker, nobody
from api.cookies import FORM, LANGUAGE, keep
from api.negotiation import language_of
from api.page_access import PAGES
from api.pages import address_of
from api.problems import STATUS
from api.veil import veiled
from api.web.frame.advice import told
from api.web.frame.islands import page_words
from api.web.frame.labels import FIELD_TEXT
from api.web.frame.menu import entries
from api.web.frame.packing import packed
from api.web.frame.words import Telling
from api.wiring import service_of
from foundation.errors import N_, MatPhoError
from foundation.language import LANGUAGES, Language, translate
from foundation.timebase import TimeRange
from people.rights import ROLE_TEXT
from people.secrets import new_secret

_TEMPLATES = Environment(
    loader=PackageLoader("api.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_TEMPLATES.globals["asset"] = address_of
_TEMPLATES.globals["field_text"] = FIELD_TEXT

REQUEST_STATE_TEXT = {
    "drafted": N_("drafted"),
    "submitted": N_("waits for a decision"),
    "approved": N_("approved"),
    "refused": N_("refused"),
    "released": N_("done"),
    "expired": N_("expired"),
    "withdrawn": N_("withdrawn"),
}


def state_words(request: FootageRequest) -> str:
    """Return how a request stands: what nobody decided beforehand is not called approved like what somebody did."""
    if request.state == "approved" and request.decided_how == "glass":
        return (
            N_("seen without waiting, to be reviewed")
            if request.reviewed_us is None
            else N_("seen without waiting, reviewed")
        )
    if request.state == "approved" and request.decided_how == "rule":
        return N_("approved by a rule")
    if request.taken_back_us is not None:
        return N_("approval taken back")
    return REQUEST_STATE_TEXT[request.state]


NOTICES = {
    "saved": N_("Saved."),
    "registered": N_("The camera is registered."),
    "dropped": N_("What was begun is forgotten."),
    "seen": N_("The picture is kept, and the camera will be recorded from its address."),
    "kept": N_("The footage is kept."),
    "released": N_("It is no longer kept."),
    "released_kept": N_("This hold is over. Another hold still keeps some of the footage."),
    "renewed": N_("It is kept for longer; until when stands beside it."),
    "submitted": N_("The request is submitted. Its footage is kept meanwhile."),
    "withdrawn": N_("The request is withdrawn."),
    "approved": N_("Approved. Whoever asked can see the footage now."),
    "refused": N_("Refused. Whoever asked sees your reason."),
    "taken_back": N_("Taken back: the footage is not seen any more, and whoever asked sees your reason."),
    "reviewed": N_("Your review is noted."),
    "outcome": N_("Thank you. What came of it is noted."),
    "imported": N_("All cameras of the file are registered."),
    "units": N_("The units are as you said."),
    "link": N_("Give the link to that person, not by the same way as the name."),
    "uploaded": N_("The file is taken; it is worked on now."),
    "stopped": N_("It is stopped; nothing of it is kept."),
    "stopping": N_(
        "It was asked to stop. Where it was nearly done it may still end as done; the line below says how it ended."
    ),
    "again": N_("It is tried again, from the same file."),
    "removed": N_("What was sent of it is forgotten."),
    "none_there": N_("Your answer is noted. Whoever asked sees that there is no recording."),
}
"""What a page may say about what was just done, by the word in its address."""


def speaking(request: Request) -> Language:
    """Return the language: what this browser chose, else what it asks for, else that of the house."""
    chosen = getattr(request.state, "speak", None) or request.cookies.get(LANGUAGE)
    for ours in LANGUAGES:
        if ours == chosen:
            return ours
    return language_of(request.headers.get("accept-language"), service_of(request).settings.language)


def telling(request: Request) -> Telling:
    return Telling(speaking(request), service_of(request).zone)


def speak(language: Language) -> Callable[..., str]:
    """Return what templates call to say a text of the catalogue in `language`.

    With `one`, that is how English says it when `count` is one; Vietnamese knows no plural.
    """

    def text(message: str, /, one: str = "", **fields: Any) -> str:
        single = one and language == "en" and fields.get("count") == 1
        return translate(language, one if single else message, **fields)

    return text


def draw(template: str, /, **values: Any) -> str:
    """Return a template without the frame: what is no page of a browser."""
    return _TEMPLATES.get_template(template).render(values)


def show(request: Request, template: str, error: MatPhoError | None = None, /, **more: Any) -> Response:
    """Return a page. With an error its status is that of the error, and the page says what to do about it."""
    tell, service = telling(request), service_of(request)
    asker: Asker = getattr(request.state, "asker", None) or nobody(request)
    language = tell.language
    token = asker.browser.form_token if asker.browser else request.cookies.get(FORM) or new_secret()

    text = speak(language)

    done = request.query_params.get("done", "")
    values: dict[str, Any] = {
        "_": text,
        "tell": tell,
        "language": language,
        "problem": told(language, error, service.zone) if error else "",
        "notice": text(NOTICES[done]) if done in NOTICES and error is None else "",
        "form_token": veiled(token),
        "me": _me(asker, text) if asker.standing else None,
        "menu": entries(asker),
        "path": request.url.path,
        "section": request.url.path,
        "here": _here(request),
        "wide": False,
        "words": page_words(language),
        "printed_us": service.clock.now_us(),
        "state_text": REQUEST_STATE_TEXT,
        "state_words": state_words,
        "request_span": lambda request: TimeRange(request.start_us, request.end_us),
        **more,
    }
    page = _TEMPLATES.get_template(template).render(values).encode()
    small = packed(request, page)
    answer = HTMLResponse(small or page, STATUS[error.kind][0] if error else 200)
    answer.headers["Content-Language"] = language
    answer.headers["Vary"] = "Accept-Encoding, Accept-Language, Cookie"
    if small is not None:
        answer.headers["Content-Encoding"] = "gzip"
    if asker.browser is None:
        keep(answer, FORM, token)
    if getattr(request.state, "speak", None):
        keep(answer, LANGUAGE, language)
    return answer


def _me(asker: Asker, text: Any) -> dict[str, str]:
    assert asker.standing is not None
    terms = [term for term in asker.standing.terms if term.runs(asker.now_us)]
    roles = [
        text(ROLE_TEXT[term.role]) + (f" {asker.units.code_of(term.unit_id)}" if term.unit_id is not None else "")
        for term in terms
    ]
    return {"name": asker.standing.name, "roles": ", ".join(dict.fromkeys(roles))}


def _here(request: Request) -> str:
    """Return the address to come back to after the language was changed: of what a form was sent to, the page above it."""
    path, route = request.url.path, getattr(request.scope.get("route"), "path", "")
    while route.count("/") > 1 and ("GET", route) not in PAGES:
        path, route = path.rpartition("/")[0], route.rpartition("/")[0]
    return path + (f"?{request.url.query}" if request.url.query else "")
