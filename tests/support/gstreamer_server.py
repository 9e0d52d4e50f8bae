"""GStreamer's RTSP server with live cameras: a picture whose bar code says 12.040 s leaves at 12.040 s of the wall clock.

    /usr/bin/python3 gstreamer_server.py FOLDER [PORT GUARDED_PORT]

It runs under Debian's Python, which has GStreamer, and needs nothing else. FOLDER is what `tests.support.gstreamer_footage`
wrote: a loop for each mount, whose times count on the wall clock modulo the length of the loop. Once it listens it prints
both ports; it ends with its standard input.

Commands come as lines on standard input: `freeze NAME` sends nothing more of that mount, `drop NAME` closes the connections
of those who watch it.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

import gi  # type: ignore[import-not-found]

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # type: ignore[import-not-found] # noqa: E402

TICK_MS = 10
REALM = "Camera, hem 12"
ROLE = "guard"
THREADS = 4
"""Whoever asks for a mount waits for its next key frame; with one thread all would wait for each other."""


class Feed:
    """Pushes one track into its `appsrc` as it becomes due, round and round, from the next key frame on."""

    def __init__(self, source: Any, track: dict[str, Any], data: bytes, loop_us: int) -> None:
        self._source, self._data, self._loop_us = source, data, loop_us
        self._packets: list[dict[str, int]] = track["packets"]
        self._number = -1
        self._origin_ns = 0
        source.set_property("caps", Gst.Caps.from_string(track["caps"]))

    def push(self, now_us: int) -> None:
        if self._number < 0 and not self._begin(now_us):
            return
        while self._wall_us("due_us") <= now_us:
            self._push_one()
            self._number += 1

    def _begin(self, now_us: int) -> bool:
        """Choose where to begin, once the pipeline's own clock runs."""
        if self._source.get_state(0).state != Gst.State.PLAYING:
            return False  # before that its times count from anywhere
        self._origin_ns = now_us * 1000 - self._source.get_current_running_time()
        self._number = now_us // self._loop_us * len(self._packets)
        while not self._packet()["key"] or self._wall_us("dts_us") < now_us:
            self._number += 1
        return True

    def _packet(self) -> dict[str, int]:
        return self._packets[self._number % len(self._packets)]

    def _wall_us(self, name: str) -> int:
        """Return a time of the next packet, which is told within the loop, on the wall clock."""
        return self._number // len(self._packets) * self._loop_us + self._packet()[name]

    def _push_one(self) -> None:
        one = self._packet()
        buffer = Gst.Buffer.new_wrapped(self._data[one["at"] : one["at"] + one["size"]])
        buffer.pts = self._wall_us("pts_us") * 1000 - self._origin_ns
        buffer.dts = self._wall_us("dts_us") * 1000 - self._origin_ns
        buffer.duration = one["duration_us"] * 1000
        if not one["key"]:
            buffer.set_flags(Gst.BufferFlags.DELTA_UNIT)
        self._source.emit("push-buffer", buffer)


class Street:
    """All mounts, on a server that anybody may ask and on one behind digest sign-in."""

    def __init__(self, folder: Path, port: str, guarded_port: str) -> None:
        self._folder = folder
        told = json.loads((folder / "mounts.json").read_text())
        self._loop_us: int = told["loop_us"]
        self._feeds: dict[Any, tuple[str, list[Feed]]] = {}
        self._watching: dict[str, list[Any]] = {}
        self._frozen: set[str] = set()
        self._servers = (_server(port), _guarded(_server(guarded_port), told["sign_in"]))
        for server in self._servers:
            server.connect("client-connected", lambda _server, client: client.connect("play-request", self._watched))
        for mount in told["mounts"]:
            points = self._servers[mount["guarded"]].get_mount_points()
            points.add_factory(f"/{mount['name']}", self._factory(mount))

    def listen(self) -> list[int]:
        for server in self._servers:
            if not server.attach(None):
                raise OSError("the port is taken")
        return [server.get_bound_port() for server in self._servers]

    def tick(self) -> bool:
        now_us = GLib.get_real_time()
        for name, feeds in list(self._feeds.values()):  # who watches comes and goes in threads of their own
            for feed in feeds if name not in self._frozen else ():
                feed.push(now_us)
        return True

    def obey(self, line: str) -> None:
        verb, _, name = line.partition(" ")
        if verb == "freeze":
            self._frozen.add(name)
        elif verb == "drop":
            for client in self._watching.pop(name, []):
                client.close()

    def _factory(self, mount: dict[str, Any]) -> Any:
        factory = GstRtspServer.RTSPMediaFactory()
        factory.set_launch(mount["launch"])
        factory.set_shared(False)  # else who wants sound cannot join who is there for the pictures alone
        ways = GstRtsp.RTSPLowerTrans
        factory.set_protocols(ways.UDP if mount["udp_only"] else ways.TCP | ways.UDP)
        if mount["guarded"]:
            permissions = GstRtspServer.RTSPPermissions()
            for what in ("media.factory.access", "media.factory.construct"):
                permissions.add_permission_for_role(ROLE, what, True)
            factory.set_permissions(permissions)
        factory.connect("media-configure", self._configured, mount)
        return factory

    def _configured(self, _factory: Any, media: Any, mount: dict[str, Any]) -> None:
        element, feeds = media.get_element(), []
        for name, track in mount["tracks"].items():
            data = (self._folder / track["file"]).read_bytes()
            feeds.append(Feed(element.get_by_name_recurse_up(name), track, data, self._loop_us))
        self._feeds[media] = (mount["name"], feeds)
        media.connect("unprepared", lambda media: self._feeds.pop(media, None))

    def _watched(self, client: Any, context: Any) -> None:
        self._watching.setdefault(context.uri.abspath.strip("/").partition("/")[0], []).append(client)


def _server(port: str) -> Any:
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    server.get_thread_pool().set_max_threads(THREADS)
    return server


def _guarded(server: Any, sign_in: dict[str, str]) -> Any:
    token = GstRtspServer.RTSPToken()
    token.set_string(GstRtspServer.RTSP_TOKEN_MEDIA_FACTORY_ROLE, ROLE)
    auth = GstRtspServer.RTSPAuth()
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
    auth.set_realm(REALM)
    auth.add_digest(sign_in["user"], sign_in["password"], token)
    server.set_auth(auth)
    return server


def main(folder: str, port: str = "0", guarded_port: str = "0") -> None:
    Gst.init(None)
    street, loop = Street(Path(folder), port, guarded_port), GLib.MainLoop()
    sys.stdout.write("{} {}\n".format(*street.listen()))
    sys.stdout.flush()

    def heard(_source: Any, _condition: Any) -> bool:
        told = os.read(sys.stdin.fileno(), 4096)  # all there is: what a buffer kept would wake nobody
        for line in told.decode().splitlines():
            street.obey(line)
        if not told:
            loop.quit()
        return bool(told)

    GLib.timeout_add(TICK_MS, street.tick)
    GLib.io_add_watch(sys.stdin, GLib.PRIORITY_DEFAULT, GLib.IOCondition.IN | GLib.IOCondition.HUP, heard)
    loop.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
