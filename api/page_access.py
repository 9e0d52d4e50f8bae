"""What every page and every form of a page needs; calls of programs are in `api.access`, which holds the whole table."""

from api.needs import Access, Needs, Of, Open
from people.rights import Right

_CAMERA = "/cameras/{code}"
_EDIT = Needs(Right.REGISTRY_WRITE, Of.CAMERA)
_REGISTER = Needs(Right.REGISTRY_WRITE, Of.NAMED)
_OWN = Needs(Right.REQUEST_MAKE, Of.OWN_REQUEST)
_OVERSEE = Needs(Right.ACCESS_READ, Of.LIST)
_DECIDE = Needs(Right.REQUEST_DECIDE, Of.REQUEST)

PAGES: dict[tuple[str, str], Access] = {
    ("GET", "/"): Open.KNOWN,
    ("POST", "/language"): Open.KNOWN,
    ("GET", "/help"): Open.KNOWN,
    ("GET", "/privacy"): Open.KNOWN,
    ("GET", "/design"): Open.KNOWN,
    ("GET", "/public"): Open.KNOWN,
    ("GET", "/public/{code}"): Open.KNOWN,
    ("GET", "/sign-in"): Open.PUBLIC,
    ("POST", "/sign-in"): Open.PUBLIC,
    ("GET", "/sign-in/code"): Open.FIRST_FACTOR,
    ("POST", "/sign-in/code"): Open.FIRST_FACTOR,
    ("GET", "/sign-in/phone"): Open.FIRST_FACTOR,
    ("POST", "/sign-in/phone"): Open.FIRST_FACTOR,
    ("GET", "/sign-in/provider"): Open.PUBLIC,
    ("GET", "/sign-in/provider/return"): Open.PUBLIC,
    ("POST", "/sign-out"): Open.FIRST_FACTOR,
    ("GET", "/first-password/{link}"): Open.PUBLIC,
    ("POST", "/first-password"): Open.PUBLIC,
    ("GET", "/account"): Open.SIGNED_IN,
    ("POST", "/account/password"): Open.SIGNED_IN,
    ("GET", "/owner/{link}"): Open.PUBLIC,
    ("POST", "/owner"): Open.PUBLIC,
    ("GET", "/cameras"): Needs(Right.REGISTRY_READ, Of.LIST),
    ("GET", "/cameras/new"): _REGISTER,
    ("POST", "/cameras/new"): _REGISTER,
    ("GET", "/cameras/new/{step}"): _REGISTER,
    ("POST", "/cameras/new/{step}"): _REGISTER,
    ("GET", "/cameras/new/{draft}/photo/{kind}"): _REGISTER,
    ("GET", "/cameras/import"): Needs(Right.REGISTRY_WRITE, Of.EVERYWHERE),
    ("POST", "/cameras/import"): Needs(Right.REGISTRY_WRITE, Of.EVERYWHERE),
    ("GET", _CAMERA): Needs(Right.REGISTRY_READ, Of.CAMERA),
    ("GET", f"{_CAMERA}/edit"): _EDIT,
    ("POST", f"{_CAMERA}/edit"): _EDIT,
    ("POST", f"{_CAMERA}/status"): _EDIT,
    ("GET", f"{_CAMERA}/photo/{{kind}}"): Needs(Right.REGISTRY_READ, Of.CAMERA),
    ("POST", f"{_CAMERA}/owner-links"): Needs(Right.OWNER_READ, Of.CAMERA),
    ("GET", "/investigate"): Needs(Right.FOOTAGE_FIND, Of.ANYTHING),
    ("GET", "/requests"): Needs(Right.REQUEST_MAKE, Of.LIST),
    ("GET", "/requests/new"): Needs(Right.REQUEST_MAKE, Of.ANYTHING),
    ("POST", "/requests/new"): Needs(Right.REQUEST_MAKE, Of.ANYTHING),
    ("GET", "/requests/{request_id}"): Needs(Right.REQUEST_READ, Of.SEEN_REQUEST),
    ("POST", "/requests/{request_id}/submit"): _OWN,
    ("POST", "/requests/{request_id}/withdraw"): _OWN,
    ("POST", "/requests/{request_id}/release"): _OWN,
    ("GET", "/decide"): Needs(Right.REQUEST_DECIDE, Of.LIST),
    ("POST", "/requests/{request_id}/approve"): _DECIDE,
    ("POST", "/requests/{request_id}/refuse"): _DECIDE,
    ("POST", "/requests/{request_id}/review"): _DECIDE,
    ("POST", "/requests/{request_id}/clips"): Needs(Right.FOOTAGE, Of.OWN_REQUEST),
    ("GET", "/watch"): Needs(Right.FOOTAGE, Of.GRANTED),
    ("GET", "/holds"): Needs(Right.HOLD_PLACE, Of.LIST),
    ("POST", "/holds"): Needs(Right.HOLD_PLACE, Of.ANYTHING),
    ("POST", "/holds/{hold_id}/renew"): Needs(Right.HOLD_PLACE, Of.HOLD),
    ("POST", "/holds/{hold_id}/release"): Needs(Right.HOLD_PLACE, Of.HOLD),
    ("GET", "/oversight"): _OVERSEE,
    ("GET", "/oversight/unusual"): _OVERSEE,
}
