"""Pages for people: plain forms, made on the server, which need no JavaScript."""

from api.web import account, owner, provider, sign_in

routers = (sign_in.router, account.router, provider.router, owner.router)
"""Signing in, one's own account, and the way over a provider of identities."""
