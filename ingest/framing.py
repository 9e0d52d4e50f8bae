"""Packets of libav as the samples of a segment: NAL units framed by length, sound without ADTS, and their coding."""

from dataclasses import replace
from typing import Any

import av.error
from av.packet import Packet

from foundation.mp4.errors import Mp4Unreadable
from ingest import nal
from ingest.coding import Coding, coding_from_units, coding_of

_NAL_KINDS = frozenset({"h264", "h265"})
_START = b"\0\0\0\1"
_FAILURES = (av.error.FFmpegError, ValueError, Mp4Unreadable)


class CodingUnknown(Exception):
    """No sample entry can be made for what follows."""


class Pictures:
    """Frames the packets of one video stream. `coding` is known from the first key frame on."""

    def __init__(self, stream: Any, kind: str) -> None:
        self.coding: Coding | None = None
        self._stream = stream
        self._kind = kind
        self._config: bytes = stream.codec_context.extradata or b""
        self._sets: tuple[bytes, ...] = ()
        self._annex_b: bool | None = None

    def frame(self, packet: "Packet[Any]") -> bytes:
        """Return the sample, and keep `coding` true for it. Raises `CodingUnknown`."""
        raw = bytes(packet)
        if self._kind not in _NAL_KINDS:
            if packet.has_sidedata("new_extradata") and self.coding is not None:
                raise CodingUnknown
            if packet.is_keyframe and self.coding is None:
                self.coding = self._first(raw, [])
            return raw
        if self._annex_b is None:
            self._annex_b = nal.is_annex_b(self._config) or (self._config[:1] != b"\1" and nal.is_annex_b(raw))
        if packet.has_sidedata("new_extradata") and not self._annex_b:
            self._reconfigure(bytes(packet.get_sidedata("new_extradata")), raw)
        if self._annex_b:
            units = nal.split_annex_b(raw)
            if packet.is_keyframe:
                self._look_at(raw, units)
            return nal.with_lengths(units) if units else raw
        if packet.is_keyframe:
            self._look_at(raw, list(nal.split_lengths(raw, nal.length_width(self._kind, self._config))))
        return raw

    def _look_at(self, raw: bytes, units: list[bytes]) -> None:
        """A key frame may bring parameter sets of its own; other ones than before are another coding."""
        sets = nal.parameter_sets(self._kind, units)
        if self.coding is None:
            self.coding = self._first(raw, units)
        elif sets and self._sets and sets != self._sets:
            self.coding = self._from_units(units)
        self._sets = sets or self._sets

    def _first(self, raw: bytes, units: list[bytes]) -> Coding:
        try:
            return coding_of(self._stream, [(raw, 0, 0), (raw, 1, 1)])
        except _FAILURES as error:
            if not units:
                raise CodingUnknown from error
        return self._from_units(units)

    def _reconfigure(self, config: bytes, raw: bytes) -> None:
        """A file with several sample descriptions goes over to another one."""
        if self.coding is None or config == self._config:
            return
        units = list(nal.split_lengths(raw, nal.length_width(self._kind, config)))
        self._config, self._sets = config, ()
        self.coding = self._from_units([*nal.sets_in_config(self._kind, config), *units])

    def _from_units(self, units: list[bytes]) -> Coding:
        try:
            made = coding_from_units(self._kind, b"".join(_START + unit for unit in units))
        except _FAILURES as error:
            raise CodingUnknown from error
        return made if self.coding is None else replace(made, matrix=self.coding.matrix)


class Sounds:
    """Frames the packets of one audio stream; `coding` is known from the first packet on."""

    def __init__(self, stream: Any) -> None:
        self.coding: Coding | None = None
        self._stream = stream
        self._adts = False

    def frame(self, packet: "Packet[Any]") -> bytes:
        """Return the sample. Raises `CodingUnknown`."""
        raw = bytes(packet)
        if self.coding is None:
            length = packet.duration or 1
            try:
                self.coding = coding_of(self._stream, [(raw, 0, 0), (raw, length, length)])
            except _FAILURES as error:
                raise CodingUnknown from error
            self._adts = self.coding.kind == "aac" and not self._stream.codec_context.extradata
        if self._adts and len(raw) > 9 and raw[0] == 0xFF and raw[1] & 0xF6 == 0xF0:
            return raw[7 if raw[1] & 1 else 9 :]  # ISO/IEC 14496-3, 1.A.3.2: with or without a checksum
        return raw
