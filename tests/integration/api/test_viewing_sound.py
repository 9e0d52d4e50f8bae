"""The sound of viewing copies over HTTP: it beeps when the bar codes of the pictures say so, and only of clips with sound."""

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from api.app import create_app
from api.service import Service
from camera_registry.rules import set_rules
from extract.clips import read_clip
from extract.segments import SegmentDamaged
from extract.viewing.coding import ViewingStopped, code, code_sound
from extract.viewing.source import view_of
from foundation.clock import ManualClock
from foundation.database import unit_of_work
from foundation.identity import COMMAND_LINE
from foundation.mp4.model import Edit
from foundation.storage import LocalFiles
from foundation.timebase import format_instant
from sample_clips.generator import Recipe, make
from tests.support.databases import sqlite_catalogue
from tests.support.heard import beeps_s, has_sound, tone_hz, waves
from tests.support.house import furnish, shown
from tests.support.serving import serving
from tests.support.web import make_service, signed_in

START = 1_772_892_000_000_000 - 3_600_000_000
AGAIN_S = 7
"""C1 records 4 s, and again from then on; between there is nothing."""


def recipe(
    camera: str, codec: str, sound: str | None, tone_hz: int = 0, *, seconds: int = 4, after_s: int = 0
) -> Recipe:
    container = "mov" if sound == "pcm_alaw" else "mp4"
    look: dict[str, Any] = {"rate": 10, "key_every": 10, "width": 512, "height": 96}
    start_us = START + after_s * 1_000_000
    return Recipe(camera, start_us, seconds, codec, container, **look, sound=sound, tone_hz=tone_hz)


RECIPES = (
    recipe("C1", "h265", "pcm_alaw", 1000),
    recipe("C1", "h265", "pcm_alaw", 1000, seconds=3, after_s=AGAIN_S),
    recipe("C2", "h264", "pcm_alaw", 700),
    recipe("C3", "h265", "aac", 500),
    recipe("C4", "h265", None),
)


@pytest.fixture(scope="module")
def service(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    data = tmp_path_factory.mktemp("spoken")
    clock = ManualClock(START + 3_600_000_000)
    with sqlite_catalogue(_sqlite_template, data) as engine:
        house = furnish(engine, LocalFiles(data / "footage"), clock, data, COMMAND_LINE)
        for number, one in enumerate(RECIPES):
            path = data / f"{number}.{one.suffix}"
            make(path, one)
            house.bring(path, one.camera, one.start_us)
        yield make_service(engine, data, clock)


@pytest.fixture(scope="module")
def client(service: Service) -> Iterator[httpx.Client]:
    app = create_app(service)
    with serving(app) as address, httpx.Client(base_url=address, headers=signed_in(app, Accept_Language="en")) as found:
        yield found


def cut(client: httpx.Client, camera: str, begin_ms: int, end_ms: int, *, audio: bool = True) -> dict[str, Any]:
    begin, end = (format_instant(START + at * 1000) for at in (begin_ms, end_ms))
    answer = client.post("/api/v1/clips", json={"camera": camera, "from": begin, "to": end, "audio": audio})
    assert answer.status_code == 201, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt


def in_step(sound: bytes, pictures: bytes) -> list[int]:
    """Return how far each beep is from the full second that the picture on display then names, in milliseconds."""
    told = [(ticks / 90, at) for ticks, at in shown(pictures)]
    off = []
    for beep in beeps_s(sound):
        ticks_ms, at = max((one for one in told if one[0] <= beep * 1000 + 1), key=lambda one: one[0])
        assert at is not None
        wall = at + beep * 1000 - ticks_ms
        off.append(round((wall + 500) % 1000 - 500))
    return off


@pytest.mark.parametrize(("camera", "hz"), [("C1", 1000), ("C3", 500)])
@pytest.mark.parametrize("begin", [0, 1460])
def test_a_copy_beeps_when_its_pictures_say_so(client: httpx.Client, camera: str, hz: int, begin: int) -> None:
    receipt = cut(client, camera, begin, 3800)
    copy = client.get(f"{receipt['links']['self']}/viewing.mp4").content
    assert tone_hz(copy) == pytest.approx(hz, abs=3)
    off = in_step(copy, copy)
    assert len(off) >= 2
    assert max(map(abs, off)) <= 40, off
    late = format_instant(START + 2_300_000)
    rest = client.get(f"{receipt['links']['self']}/viewing.mp4", params={"from": late}).content
    assert beeps_s(rest) == pytest.approx([0.7], abs=0.04)
    early, end = (format_instant(START + at) for at in (2_500_000, 3_300_000))
    part = client.get(f"{receipt['links']['self']}/sound.mp4", params={"from": early, "to": end})
    line, rate = waves(part.content)
    assert len(line) / rate == pytest.approx(0.8, abs=0.05)
    assert beeps_s(part.content) == pytest.approx([0.5], abs=0.04)
    assert client.get(f"{receipt['links']['self']}/sound.mp4", params={"from": end, "to": early}).status_code == 422


def test_over_a_gap_sound_and_pictures_stay_together(client: httpx.Client) -> None:
    receipt = cut(client, "C1", 500, 9500)
    assert [gap["reason"] for gap in receipt["gaps"]]
    copy = client.get(f"{receipt['links']['self']}/viewing.mp4").content
    off = in_step(copy, copy)
    assert len(off) == 6  # 1, 2, 3 before it, 7, 8 and 9 after
    assert max(map(abs, off)) <= 40, off


def test_sound_that_browsers_may_not_know_comes_alone_beside_the_original_pictures(
    client: httpx.Client, service: Service
) -> None:
    receipt = cut(client, "C2", 400, 3900)
    assert receipt["parts"][0]["sound"] == {"codecs": ["alaw"], "rate": 8000}
    place = f"{receipt['links']['self']}/sound.mp4"
    assert "content-length" not in client.head(place).headers
    answer = client.get(place)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "video/mp4")
    assert answer.headers["viewing-from"]
    pictures = client.get(receipt["links"]["media"][0]).content
    off = in_step(answer.content, pictures)
    assert len(off) == 3
    assert max(map(abs, off)) <= 40, off
    assert tone_hz(answer.content) == pytest.approx(700, abs=3)
    line, rate = waves(answer.content)
    assert len(line) / rate == pytest.approx(3.5, abs=0.05)
    whole = client.get(place)
    assert client.get(place, headers={"Range": "bytes=0-9"}).content == whole.content[:10]
    assert len(list((service.data / "listening").iterdir())) >= 1


def test_where_sound_is_missing_there_is_silence_of_that_length(client: httpx.Client, service: Service) -> None:
    receipt = cut(client, "C2", 0, 3900)
    with unit_of_work(service.engine, writes=False) as session:
        view = view_of(session, service.store, read_clip(session, receipt["id"]))
    assert view.voice is not None
    second = 90_000
    # Nothing for a second, what was the first second, nothing for half a second, what was the third.
    edits = (Edit(second, -1), Edit(second, 0), Edit(second // 2, -1), Edit(second, 16_000))
    out = io.BytesIO()
    code_sound(replace(view, voice=replace(view.voice, edits=edits)), service.store, out, lambda: True)
    line, rate = waves(out.getvalue())
    quiet = [
        np.abs(line[round(begin * rate) : round(end * rate)]).max() < 0.002
        for begin, end in ((0.1, 0.9), (2.1, 2.4), (3.6, 3.8))
    ]
    assert quiet == [True] * 3
    assert beeps_s(out.getvalue()) == pytest.approx([1, 2.5], abs=0.04)
    assert len(line) / rate == pytest.approx(3.9, abs=0.05)


def test_what_nobody_wants_is_not_coded_and_broken_sound_is_left_out(client: httpx.Client, service: Service) -> None:
    receipt = cut(client, "C1", 0, 3900)
    with unit_of_work(service.engine, writes=False) as session:
        view = view_of(session, service.store, read_clip(session, receipt["id"]))
    assert view.voice is not None
    with pytest.raises(ViewingStopped):
        code_sound(view, service.store, io.BytesIO(), lambda: False)
    file = view.voice.virtual
    broken = replace(
        view, voice=replace(view.voice, virtual=replace(file, header=file.header.replace(b"alaw", b"zzzz")))
    )
    with pytest.raises(SegmentDamaged):
        code_sound(broken, service.store, io.BytesIO(), lambda: True)
    out = io.BytesIO()
    code(broken, service.store, out, lambda: True)
    assert not has_sound(out.getvalue())
    assert len(list(shown(out.getvalue()))) == receipt["frames"]["visible"]


def test_without_sound_asked_for_nothing_of_it_is_given(client: httpx.Client) -> None:
    for camera in ("C1", "C2"):
        receipt = cut(client, camera, 0, 3000, audio=False)
        here = receipt["links"]["self"]
        assert not has_sound(client.get(f"{here}/viewing.mp4").content)
        assert not has_sound(client.get(receipt["links"]["media"][0]).content)
        refused = client.get(f"{here}/sound.mp4")
        assert (refused.status_code, refused.json()["code"]) == (404, "clip_silent")
        assert client.head(f"{here}/sound.mp4").status_code == 404
    none = cut(client, "C4", 0, 3000)  # asked for, but the camera has none
    assert none["parts"][0]["sound"] is None
    assert not has_sound(client.get(f"{none['links']['self']}/viewing.mp4").content)
    assert client.get(f"{none['links']['self']}/sound.mp4").json()["code"] == "clip_silent"


def test_the_switch_for_sound_holds_for_copies_from_before(client: httpx.Client, service: Service) -> None:
    loud, mute = (cut(client, "C1", 0, 2000, audio=audio)["links"]["self"] for audio in (True, False))
    tags = set()
    for place in (f"{loud}/sound.mp4", f"{loud}/viewing.mp4", f"{mute}/viewing.mp4"):
        client.get(place)
        tags.add(client.get(place).headers["etag"])
    assert len(tags) == 3
    with unit_of_work(service.engine) as session:
        set_rules(session, service.clock, COMMAND_LINE, None, {"sound_allowed": False})
    for name in ("sound.mp4", "viewing.mp4"):
        refused = client.get(f"{loud}/{name}")
        assert (refused.status_code, refused.json()["code"]) == (403, "sound_not_allowed")
    assert client.get(f"{mute}/viewing.mp4").status_code == 200
    with unit_of_work(service.engine) as session:
        set_rules(session, service.clock, COMMAND_LINE, None, {"sound_allowed": None})
