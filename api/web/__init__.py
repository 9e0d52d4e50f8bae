"""Pages for people: plain forms made on the server, which work without JavaScript; modules of `static/js` add to them."""

from api.web.account import account, owner, provider, sign_in
from api.web.administration import admin, people, person, rules, unit_changes, unit_split
from api.web.footage import (
    decide,
    holds,
    imports,
    investigate,
    onwards,
    picture,
    receipt,
    requests,
    waiting,
    watch,
    work,
)
from api.web.open import everyone, home
from api.web.oversight import coverage, log, oversight, proof, registry_log, uptime
from api.web.papers import request as request_paper
from api.web.papers import sign
from api.web.registry import ask, cameras, edit, register, table, telephone

routers = (
    sign_in.router,
    account.router,
    provider.router,
    owner.router,
    home.router,
    imports.router,
    work.router,
    everyone.router,
    ask.router,
    register.router,
    edit.router,
    table.router,
    telephone.router,
    cameras.router,
    investigate.router,
    onwards.router,
    waiting.router,
    requests.router,
    request_paper.router,
    sign.router,
    decide.router,
    watch.router,
    receipt.router,
    picture.router,
    holds.router,
    oversight.router,
    coverage.router,
    uptime.router,
    log.router,
    registry_log.router,
    proof.router,
    admin.router,
    unit_changes.router,
    unit_split.router,
    people.router,
    person.router,
    rules.router,
)
"""In the order in which an address is looked for: /cameras/new before /cameras/{code}, /requests/waiting before /requests/{request_id}."""
