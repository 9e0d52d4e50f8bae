"""Loops of dated footage, laid out for `tests.support.gstreamer_server`: packets, when each is due, and how it is paid.

Times count from the start of the loop, and loops begin where the wall clock is a multiple of `LOOP_US`. So every picture is
sent when its bar code says, but for whole loops.
"""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av

from foundation.timebase import MICROSECONDS
from sample_clips.generator import Recipe, make

LOOP_S = 16
"""Frames of AAC (1024 of 48,000 a second), packets of G.711 and pairs of groups of pictures all fit in without a rest."""
LOOP_US = LOOP_S * MICROSECONDS
START_US = 1_772_892_304 * MICROSECONDS
RATE = 10
STEP_US = MICROSECONDS // RATE
B_FRAMES = 2
USER, PASSWORD = "ward", "Lúa mới: 100%?@/#"
"""Nobody's. Each sign that an address or a header could trip over is in it."""

_APPSRC = "appsrc name={name} is-live=true format=time max-bytes=0"
_VIDEO = {
    "avc": "rtph264pay name=pay0 pt=96 config-interval=0",
    "h264": "h264parse ! rtph264pay name=pay0 pt=96 aggregate-mode=zero-latency mtu=1200",
    "h265": "h265parse ! rtph265pay name=pay0 pt=96 aggregate-mode=zero-latency mtu=900",
    "jpeg": "jpegdec ! jpegenc quality=95 ! rtpjpegpay name=pay0 pt=26",  # RFC 2435 has the usual tables only
}
_SOUND = {"aac": "rtpmp4gpay name=pay1 pt=97", "pcm_alaw": "rtppcmapay name=pay1 pt=8"}


@dataclass(frozen=True)
class Mount:
    """One path of the server. `paid` is how its pictures are packed."""

    name: str
    paid: str
    recipe: dict[str, Any] = field(default_factory=dict)
    guarded: bool = False
    udp_only: bool = False


MOUNTS = (
    Mount("h264", "avc"),  # parameter sets in the description alone
    Mount("b_frames", "h264", {"container": "ts", "b_frames": B_FRAMES}),
    Mount("h265", "h265", {"container": "ts", "codec": "h265"}),
    Mount("aac", "avc", {"sound": "aac"}),
    Mount("alaw", "avc", {"container": "mov", "sound": "pcm_alaw"}),
    Mount("guarded", "avc", guarded=True),
    Mount("mjpeg", "jpeg", {"container": "mov", "codec": "mjpeg"}),
    Mount("udp", "avc", udp_only=True),
)


def lay_out(folder: Path) -> None:
    """Write all mounts into `folder`."""
    told = {
        "loop_us": LOOP_US,
        "sign_in": {"user": USER, "password": PASSWORD},
        "mounts": [_mount(folder, mount) for mount in MOUNTS],
    }
    (folder / "mounts.json").write_text(json.dumps(told))


def _mount(folder: Path, mount: Mount) -> dict[str, Any]:
    recipe = Recipe(mount.name, START_US, LOOP_S, rate=RATE, key_every=RATE, **mount.recipe)
    path = folder / f"{mount.name}.{recipe.suffix}"
    make(path, recipe)
    launch = f"{_APPSRC.format(name='video')} ! {_VIDEO[mount.paid]}"
    tracks = {"video": _track(folder, path, "video", mount.paid)}
    if recipe.sound is not None:
        launch += f" {_APPSRC.format(name='sound')} ! {_SOUND[recipe.sound]}"
        tracks["sound"] = _track(folder, path, "audio", recipe.sound)
    flags = {"guarded": mount.guarded, "udp_only": mount.udp_only}
    return {"name": mount.name, "launch": f"( {launch} )", "tracks": tracks, **flags}


def _track(folder: Path, path: Path, kind: str, coding: str) -> dict[str, Any]:
    with av.open(str(path)) as file:
        stream = next(one for one in file.streams if one.type == kind)
        config = stream.codec_context.extradata or b""
        packets = [one for one in file.demux(stream) if one.size]
    data = path.with_suffix(f".{kind}")
    data.write_bytes(b"".join(bytes(one) for one in packets))
    return {"file": data.name, "caps": _caps(coding, config), "packets": _packets(packets, pictures=kind == "video")}


def _caps(coding: str, config: bytes) -> str:
    picture = f"width=640,height=360,framerate={RATE}/1"
    return {
        "avc": f"video/x-h264,stream-format=avc,alignment=au,codec_data=(buffer){config.hex()},{picture}",
        "h264": "video/x-h264,stream-format=byte-stream,alignment=au",
        "h265": "video/x-h265,stream-format=byte-stream,alignment=au",
        "jpeg": f"image/jpeg,{picture}",
        "aac": f"audio/mpeg,mpegversion=4,stream-format=raw,codec_data=(buffer){config.hex()},rate=48000,channels=1",
        "pcm_alaw": "audio/x-alaw,rate=8000,channels=1",
    }[coding]


def _packets(packets: "list[av.Packet[Any]]", *, pictures: bool) -> list[dict[str, int]]:
    """Pictures leave when the last has been taken that is shown before them; sound when it is whole."""
    first, at, told = min(_us(one, one.pts) for one in packets), 0, []
    for one in packets:
        pts_us, dts_us, duration_us = _us(one, one.pts) - first, _us(one, one.dts) - first, _us(one, one.duration)
        times = {"pts_us": pts_us, "dts_us": dts_us, "duration_us": STEP_US if pictures else duration_us}
        told.append({**times, "key": int(one.is_keyframe), "at": at, "size": one.size})
        at += one.size
    behind = max(one["pts_us"] - one["dts_us"] for one in told) if pictures else told[0]["duration_us"]
    return [one | {"due_us": one["dts_us"] + behind} for one in told]


def _us(packet: "av.Packet[Any]", ticks: int | None) -> int:
    assert ticks is not None
    assert packet.time_base is not None
    return int(ticks * packet.time_base * MICROSECONDS)
