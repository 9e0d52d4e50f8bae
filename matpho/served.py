"""Where the service is served, told to commands of other processes: a link that they print has to lead there."""

import logging
from contextlib import suppress

from pydantic import ValidationError

from api.service import Service
from foundation.settings import Settings

log = logging.getLogger(__name__)

NOTE = "served-at"
"""In the data folder. It stays when the service ends, which is mostly begun again at the same address."""
_LONGEST = 300


def note_address(service: Service) -> None:
    """Write down where this service is served."""
    try:
        (service.data / NOTE).write_text(service.settings.address + "\n", encoding="ascii")
    except (OSError, UnicodeEncodeError) as error:  # no reason not to serve
        log.warning("where this is served could not be noted: %s", error)


def address_of(service: Service) -> str:
    """Return the address that people use: that of the settings, else where it was served last, else the default."""
    settings = service.settings
    if "address" not in settings.model_fields_set:
        with suppress(OSError, ValueError), (service.data / NOTE).open(encoding="ascii") as note:
            noted = note.readline(_LONGEST).strip()
            with suppress(ValidationError):
                return Settings(address=noted).address or settings.address
    return settings.address
