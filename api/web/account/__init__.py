"""Signing in and out, one's own account, the page behind the link of an owner."""
