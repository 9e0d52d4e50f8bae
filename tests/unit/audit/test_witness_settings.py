"""Witnesses are opened as the settings name them, and what cannot be used is named without its secrets."""

import pytest

from audit.witnesses import WitnessUnusable, open_witnesses
from foundation.clock import ManualClock
from foundation.settings import Settings

MAIL = {"mail_server": "smtps://u%40x.vn:hunter2@mail.example:4650", "mail_sender": ""}
HOUR_US = 3_600_000_000


def opened(text: str, clock: ManualClock, **more: str) -> list[tuple[str, int]]:
    settings = Settings.model_validate({"audit_witnesses": text} | MAIL | more)
    return [(one.name, one.every_us) for one in open_witnesses(settings, clock)]


def test_each_has_a_name_and_how_often_it_is_told(clock: ManualClock) -> None:
    text = (
        "folder:/m/Ph%C6%B0%E1%BB%9Dng%2C%201, https://u:hunter2@w.example:8443/log?t=hunter2#every=90m,mailto:a@x.vn ,"
    )
    assert opened(text, clock) == [
        ("folder:/m/Phường, 1", 0),
        ("https://w.example:8443/log", 90 * 60_000_000),
        ("mailto:a@x.vn", 24 * HOUR_US),
    ]
    assert opened("mailto:a@x.vn#every=1h, folder:/a#every=30s", clock) == [
        ("mailto:a@x.vn", HOUR_US),
        ("folder:/a", 30_000_000),
    ]
    assert opened("http://127.0.0.1:1/x,http://[::1]/x,http://localhost/x", clock, mail_server="")
    assert opened("", clock) == []


@pytest.mark.parametrize(
    ("text", "more", "said"),
    [
        ("folder:here", {}, "from the root"),
        ("folder://server/share", {}, "from the root"),
        ("http://w.example/hunter2", {}, "https://"),
        ("https:///hunter2", {}, "no address"),
        ("https://[hunter2", {}, "no address"),
        ("https://w.example:99999/", {}, "no address"),
        ("https://w.example/log?token=:hunter2 and more", {}, "no address"),
        ("https://w.example/nhật-ký?token=:hunter2", {}, "no address"),
        ("ftp://hunter2@x/", {}, "write folder:/"),
        ("hunter2hunter2@x.vn and more", {}, "write folder:/"),
        ("mailto:nobody", {}, "no mailbox"),
        ("mailto:a@x.vn?subject=x%0aBcc: b@x.vn", {"mail_server": ""}, "MATPHO_MAIL_SERVER"),
        ("mailto:a@x.vn%0aBcc:b@x.vn", {}, "no mailbox"),
        ("mailto:a@x.vn", {"mail_server": ""}, "MATPHO_MAIL_SERVER"),
        ("mailto:a@x.vn", {"mail_server": "http://u:hunter2@h"}, "smtps://"),
        ("mailto:a@x.vn", {"mail_server": "smtps://u:hunter2@h:x"}, "smtps://"),
        ("mailto:a@x.vn", {"mail_server": "smtps://[u:hunter2@h"}, "no address"),
        ("mailto:a@x.vn", {"mail_server": "smtp+plain://u:hunter2@h"}, "unencrypted"),
        ("mailto:a@x.vn", {"mail_server": "smtps://u:hunter2@h"}, "MATPHO_MAIL_SENDER"),
        ("folder:/a#daily", {}, "#every="),
        ("folder:/a#every=0h", {}, "#every="),
        ("folder:/a,folder:/a#every=1h", {}, "twice"),
    ],
)
def test_what_cannot_be_used_is_named(text: str, more: dict[str, str], said: str, clock: ManualClock) -> None:
    with pytest.raises(WitnessUnusable) as refused:
        opened(text, clock, **more)
    assert said in str(refused.value)
    assert ":hunter2" not in str(refused.value)
