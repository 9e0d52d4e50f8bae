"""What the doctor found: a level, what was measured, and the mend."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from enum import StrEnum
from typing import Any

from foundation.errors import N_, MatPhoError
from foundation.language import Language, say_error, translate


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


LEVEL_TEXT = {Level.OK: N_("ok"), Level.WARNING: N_("warning"), Level.PROBLEM: N_("PROBLEM")}


@dataclass(frozen=True)
class Finding:
    """`name` is stable, for programs; `text` and `mend` are texts of the catalogue over `fields`."""

    name: str
    level: Level
    text: str
    mend: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    error: MatPhoError | None = None
    """Told instead of `text`, with its own mend, when it is what was found."""

    @classmethod
    def of(cls, name: str, error: MatPhoError, mend: str = "") -> "Finding":
        """Return an error as a problem; `mend` is for one that has none of its own."""
        return cls(name, Level.PROBLEM, error.message, error.mend or mend, error.fields, error)

    def said(self, language: Language, zone: tzinfo) -> tuple[str, str]:
        """Return text and mend in `language`; the mend is empty where there is nothing to mend."""
        if self.error is not None:
            text, mend = say_error(language, self.error, zone)
            return text, mend or translate(language, self.mend)
        told = {name: _figure(value, language) for name, value in self.fields.items()}
        mend = translate(language, self.mend, **told) if self.mend else ""
        return translate(language, self.text, **told), mend

    def as_dict(self, language: Language, zone: tzinfo) -> dict[str, Any]:
        text, mend = self.said(language, zone)
        values = {name: round(value, 3) if isinstance(value, float) else value for name, value in self.fields.items()}
        return {"name": self.name, "level": str(self.level), "text": text, "mend": mend, "values": values}


def _figure(value: Any, language: Language) -> Any:
    """Return a figure as people read it; Vietnamese writes the decimal comma and the point between thousands."""
    if not isinstance(value, float):
        return value
    text = f"{value:,.1f}" if abs(value) < 100 else f"{value:,.0f}"
    return text.translate(str.maketrans(".,", ",.")) if language == "vi" else text
