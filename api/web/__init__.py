"""Pages for people: plain forms made on the server, which work without JavaScript; modules of `static/js` add to them."""

from api.web import (
    account,
    cameras,
    decide,
    edit,
    everyone,
    holds,
    home,
    investigate,
    oversight,
    owner,
    provider,
    register,
    requests,
    sign_in,
    watch,
)

routers = (
    sign_in.router,
    account.router,
    provider.router,
    owner.router,
    home.router,
    everyone.router,
    register.router,
    edit.router,
    cameras.router,
    investigate.router,
    requests.router,
    decide.router,
    watch.router,
    holds.router,
    oversight.router,
)
"""In the order in which an address is looked for: /cameras/new before /cameras/{code}."""
