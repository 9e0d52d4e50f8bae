"""Pages for people: plain forms, made on the server, which need no JavaScript."""

from api.web import account, provider, sign_in

routers = (sign_in.router, account.router, provider.router)
"""Signing in, one's own account, and the way over a provider of identities."""
