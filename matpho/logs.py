"""Logs of the long-running commands: a JSON object a line for programs, a plain line on a terminal, and never a credential."""

import json
import logging
import re
import sys
from typing import ClassVar

from camera_registry.secrets import scrub
from foundation.timebase import format_instant


class Scrubbed(logging.Formatter):
    """Whatever a message or a traceback carries, addresses lose their user and password."""

    def format(self, record: logging.LogRecord) -> str:
        return scrub(super().format(record))


class Structured(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, message, and the traceback if there is one."""

    _LEVELS: ClassVar[dict[int, str]] = {logging.WARNING: "warning", logging.ERROR: "error", logging.INFO: "info"}

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "time": format_instant(int(record.created * 1000) * 1000),
            "level": self._LEVELS.get(record.levelno, record.levelname.lower()),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return scrub(json.dumps(told, ensure_ascii=False))


class WithoutLinks(logging.Filter):
    """Whoever reads a log of requests must not find one-time links in it: their secret is part of the address."""

    _LINK = re.compile(r"(/(?:first-password|owner)/)[^\s?]+")

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                self._LINK.sub(r"\1***", part) if isinstance(part, str) else part for part in record.args
            )
        return True


def keep_links_out() -> None:
    """Apply `WithoutLinks` to the server's log of requests."""
    logging.getLogger("uvicorn.access").addFilter(WithoutLinks())


def set_up_logs(level: str = "info") -> None:
    """Send logs to standard error. What would say more than anybody may read says warnings alone, at every level."""
    handler = logging.StreamHandler(sys.stderr)
    terminal = sys.stderr.isatty()
    handler.setFormatter(Scrubbed("%(asctime)s %(levelname)s %(message)s") if terminal else Structured())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in (
        "alembic",
        "sqlalchemy",
        "httpcore",
        "httpx",
    ):  # statements with their values, headers with their tokens
        logging.getLogger(name).setLevel(logging.WARNING)
