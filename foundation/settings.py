"""The settings of `docs/ref/settings.md`, read from the environment (`MATPHO_…`); an unknown name is an error."""

import os
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from foundation.errors import N_, BadInput

PREFIX = "MATPHO_"


class SettingUnknown(BadInput):
    code = "setting_unknown"
    message = N_("Unknown setting {name}")
    mend = N_("Known settings are: {known}")


class SettingUnusable(BadInput):
    code = "setting_unusable"
    message = N_("The setting {name} cannot be used: {why}")


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"no such time zone: {name}") from error
    return name


def _usable_address(address: str) -> str:
    """Passwords and codes travel to it, so it is https, or this machine."""
    parts = urlsplit(address)
    here = parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if address and not (here or (parts.scheme == "https" and parts.hostname)):
        raise ValueError("write an https:// address")
    return address.rstrip("/")


def _known_networks(text: str) -> str:
    for part in filter(None, (one.strip() for one in text.split(","))):
        try:
            ip_network(part)
        except ValueError:
            raise ValueError(f"write networks such as 192.168.0.0/16 with commas between, not {part[:50]}") from None
    return text


class Settings(BaseModel):
    """All settings with their defaults; see `from_environment`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: Path = Path("./var")
    database_url: str = ""
    store_url: str = ""
    time_zone: Annotated[str, AfterValidator(_known_zone)] = "Asia/Ho_Chi_Minh"
    language: Literal["vi", "en"] = "vi"
    keep_free_bytes: Annotated[int, Field(ge=0)] = 10 * 10**9
    sync_seconds: Annotated[int, Field(ge=1, le=3600)] = 10
    stalled_seconds: Annotated[float, Field(ge=1, le=600)] = 10
    spool_bytes: Annotated[int, Field(ge=10**8)] = 20 * 10**9
    viewing_cache_bytes: Annotated[int, Field(ge=10**7)] = 4 * 10**9
    live_source: Literal["auto", "own", "libav"] = "auto"
    rtsps_verify: bool = True
    camera_networks: Annotated[str, AfterValidator(_known_networks)] = (
        "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,fc00::/7"
    )
    address: Annotated[str, AfterValidator(_usable_address)] = "http://127.0.0.1:8000"
    oidc_issuer: Annotated[str, AfterValidator(_usable_address)] = ""
    oidc_client_id: str = ""
    oidc_client_secret: Annotated[str, Field(repr=False)] = ""
    audit_witnesses: str = Field("", repr=False)
    mail_server: str = Field("", repr=False)
    mail_sender: str = ""
    compiled: bool = True  # read by ingest.live.compiled, before there are settings
    key_command: str = ""
    key_days: Annotated[int, Field(ge=1, le=36_500)] = 365
    log_level: Literal["debug", "info", "warning"] = "info"

    @property
    def catalogue_url(self) -> str:
        return self.database_url or f"sqlite:///{(self.data / 'catalogue.sqlite').absolute()}"

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def networks_of_cameras(self) -> tuple[IPv4Network | IPv6Network, ...]:
        return tuple(ip_network(part.strip()) for part in self.camera_networks.split(",") if part.strip())

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "Settings":
        """Read every `MATPHO_` name. Raises `SettingUnknown` or `SettingUnusable`, naming the variable."""
        given = os.environ if environment is None else environment
        ours = {name.removeprefix(PREFIX).lower(): value for name, value in given.items() if name.startswith(PREFIX)}
        for name in ours:
            if name not in cls.model_fields:
                known = ", ".join(PREFIX + field.upper() for field in cls.model_fields)
                raise SettingUnknown(name=PREFIX + name.upper(), known=known)
        try:
            return cls.model_validate({name: value for name, value in ours.items() if value})
        except ValidationError as error:
            first = error.errors()[0]
            raise SettingUnusable(name=PREFIX + str(first["loc"][0]).upper(), why=first["msg"]) from error
