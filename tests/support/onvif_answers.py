"""What a device may answer to questions of ONVIF, well or ill, and the reader that has to bear it: for the property test and the fuzzer."""

from xml.sax.saxutils import escape, quoteattr

import httpx
from hypothesis import strategies as st

from ingest.probe import soap
from ingest.probe.onvif import at_path
from ingest.probe.profiles import MOST_CHANNELS, channels, path_of, stream_address

HOST = "192.168.1.64"
_NAMES = st.sampled_from(
    [
        "Envelope",
        "Body",
        "Fault",
        "Code",
        "Subcode",
        "Value",
        "Profiles",
        "Name",
        "VideoSourceConfiguration",
        "VideoSource",
        "SourceToken",
        "Encoding",
        "VideoEncoderConfiguration",
        "VideoEncoder",
        "Resolution",
        "Width",
        "Height",
        "Uri",
        "XAddr",
        "Namespace",
        "Service",
        "UTCDateTime",
        "Date",
        "Time",
        "Year",
        "Month",
        "Day",
        "Hour",
        "Minute",
        "Second",
    ]
)
_WORDS = st.sampled_from(
    [
        "1",
        "2026",
        "12",
        "H264",
        "640",
        "rtsp://10.0.0.1:554/live",
        "http://h/onvif",
        "http:@evil/x",
        "http:80/x",
        "http:///x",
        "http://h//evil/x",
        "http://h/\\evil/x",
        "//evil/x",
        "onvif/media",
        "ter:NotAuthorized",
        "rtsp://[",
        "-1",
    ]
) | st.text(max_size=40).filter(lambda text: text.isprintable())


def _element(name: str, inner: list[str], token: str) -> str:
    told = f" token={quoteattr(token)}" if token else ""
    return f"<{name}{told}>{''.join(inner)}</{name}>"


_TREES = st.recursive(
    _WORDS.map(escape),
    lambda inner: st.builds(_element, _NAMES, st.lists(inner, max_size=6), st.sampled_from(["", "p1", "p<&\"'"])),
    max_leaves=40,
)
_ENVELOPES = _TREES.map(lambda text: f"<s:Envelope xmlns:s='x'><s:Body>{text}</s:Body></s:Envelope>".encode())
_DECLARATIONS = st.sampled_from(
    [
        b"<!DOCTYPE a>",
        b'<!DOCTYPE a [<!ENTITY b "cccccccccc">]>',
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>',
        b"<?xml version='1.0' encoding='utf-16'?>",
        b"<?xml version='1.0' encoding='iso-8859-1'?>",
        b"<![CDATA[",
        b"\xef\xbb\xbf",
        b"\0",
    ]
)


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """Draw an envelope, with declarations before it and bytes changed in it, or bytes of any kind."""
    data = bytearray(draw(_ENVELOPES | st.binary(max_size=200)))
    if draw(st.booleans()):
        return bytes(data)
    for piece in draw(st.lists(_DECLARATIONS | st.binary(max_size=8), max_size=3)):
        at = draw(st.integers(0, len(data)))
        data[at:at] = piece
    return bytes(data[: draw(st.integers(0, len(data)))] if draw(st.booleans()) else data)


def examine(data: bytes) -> str:
    """Read an answer in every way that we do; return what it was. Whatever is made of it is of the machine that was asked."""
    try:
        body = soap.body_of(data)
    except soap.AnswerUnreadable as error:
        return f"refused: {error}"
    assert b"<!DOCTYPE" not in data.partition(b"<s:Envelope")[0]
    address, time_us = stream_address(body, HOST), soap.told_time_us(body)
    assert address is None or address.split("://")[1].startswith(HOST)
    assert time_us is None or abs(time_us) < 2**62
    path = path_of(body.value("XAddr"))
    if path is not None:
        there = at_path(httpx.URL(scheme="http", host=HOST, port=8899), path)
        assert (there.host, there.port, there.userinfo) == (HOST, 8899, b"")
        assert str(there).startswith(f"http://{HOST}:8899/")
    found = channels(body)
    assert len(found) <= MOST_CHANNELS
    assert all(one.name.isprintable() and len(one.name) <= 40 and one.token.isprintable() for one in found)
    soap.refuses_sign_in(body)
    return "channels" if found else "a stream" if address else "a time" if time_us is not None else "read"
