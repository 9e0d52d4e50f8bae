"""Logs of the long-running commands: a JSON object a line for programs, a plain line on a terminal, and never a credential."""

import json
import logging
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


def set_up_logs(level: int = logging.INFO) -> None:
    """Send logs to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    terminal = sys.stderr.isatty()
    handler.setFormatter(Scrubbed("%(asctime)s %(levelname)s %(message)s") if terminal else Structured())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("alembic").setLevel(logging.WARNING)
