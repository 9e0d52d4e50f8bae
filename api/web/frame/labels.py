"""What the fields of a camera are called where people read of them: on pages, for people."""

from collections.abc import Mapping

from camera_registry.fields import COLUMN_TEXT
from foundation.errors import N_
from foundation.language import Language

FIELD_TEXT: Mapping[str, str] = {
    "code": N_("Code"),
    "name": N_("Address of the camera"),
    "unit": N_("Neighbourhood"),
    "lat": N_("Latitude"),
    "lon": N_("Longitude"),
    "position": N_("Latitude and longitude"),
    "pin": N_("Place on the map"),
    "far_ok": N_("Place on the map"),
    "bearing_deg": N_("Direction"),
    "hfov_deg": N_("How wide it sees"),
    "range_m": N_("How far it sees"),
    "height_m": N_("Height above the ground"),
    "source": N_("Address for recording"),
    "owner_name": N_("Name of the owner"),
    "owner_phone": N_("Telephone"),
    "consent": N_("Consent of the owner"),
    "consent_date": N_("Day on which the owner agreed"),
    "sign_checked_date": N_("Day on which the sign was seen"),
    "funding_vnd": N_("What it cost, in đồng"),
    "funding_source": N_("Who paid for it"),
    "retention_days": N_("Days for which footage is kept"),
    "status": N_("State"),
    "sound_agreed": N_("Consent to sound"),
    "ask_owner": N_("Asking the owner before each use"),
    "valid_from": N_("Since when it holds"),
    "camera": N_("Photo of the camera itself"),
    "view": N_("Photo of what it sees"),
    "sign": N_("Photo of the sign"),
}


def columns_told(language: Language) -> dict[str, tuple[str, str]]:
    """Return of each column of a table of cameras what it is called in a language, and the headings that it may have."""
    if language == "vi":  # the heading is what it is called
        return {name: (heading, name) for name, (heading, _) in COLUMN_TEXT.items()}
    return {name: (FIELD_TEXT[name], f"{heading}, {name}") for name, (heading, _) in COLUMN_TEXT.items()}
