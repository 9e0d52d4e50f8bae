"""The cookies we set. `__Host-` binds them to this host and to a secure connection; no page of another host can set one.

Over plain http browsers keep them only where nobody is in between: Chromium and Firefox count 127.0.0.1 and localhost as
that, Safari does not. Everywhere else the service is behind https.
"""

from fastapi import Request
from fastapi.responses import Response

from foundation.errors import N_
from foundation.timebase import MICROSECONDS
from people.sessions import DEVICE_US

SESSION = "__Host-matpho"
DEVICE = "__Host-matpho-device"
FORM = "__Host-matpho-form"
LANGUAGE = "__Host-matpho-language"
VISIT = "__Host-matpho-visit"

COOKIE_TEXT = {
    SESSION: N_("knows you while you are signed in; removed when you sign out"),
    FORM: N_("shows that a form was sent from a page of ours, for who is not signed in; until the browser is closed"),
    LANGUAGE: N_("the language that you chose; for 90 days"),
    DEVICE: N_(
        "set when you sign in, and stays for 90 days, also after signing out: attempts of others with your name do not lock out a device that you used before"
    ),
    VISIT: N_("only when you sign in by way of your office: shows that it is you who comes back from there"),
}
"""What each is for, as the page about privacy tells it."""


def keep(answer: Response, name: str, value: str) -> None:
    """Set a cookie that no script sees and no foreign page's form brings along; those of device and language outlive the browser."""
    age = DEVICE_US // MICROSECONDS if name in {DEVICE, LANGUAGE} else None
    answer.set_cookie(name, value, max_age=age, path="/", secure=True, httponly=True, samesite="lax")


def drop(answer: Response, name: str) -> None:
    answer.delete_cookie(name, path="/", secure=True, httponly=True, samesite="lax")


def from_elsewhere(request: Request) -> bool:
    """Tell whether a browser says that the request comes from a page of another origin."""
    headers = request.headers
    if headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
        return True
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2] != headers.get("host")
