"""The only package that knows HTTP: routes, problem details, byte ranges, and the streaming of media."""

from api.service import CLIPS_IMPORT, ImportOrder, Service

__all__ = ["CLIPS_IMPORT", "ImportOrder", "Service"]
