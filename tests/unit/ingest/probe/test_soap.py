"""Answers of ONVIF as devices write them, and as nobody should; what is proved of a password without sending it."""

import base64

import httpx
import pytest

from ingest.probe import soap
from ingest.probe.onvif import at_path
from ingest.probe.profiles import channels, path_of, stream_address

HEAD = b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>'
FOOT = b"</s:Body></s:Envelope>"


def body(text: str) -> soap.Node:
    return soap.body_of(HEAD + text.encode() + FOOT)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<html>",
        b"\xff\xfe<\x00",
        b'<?xml version="1.0" encoding="nonsense"?><a/>',
        b"<!DOCTYPE a><a/>",
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'.encode(
            "utf-16"
        ),
        b'<!DOCTYPE a [<!ENTITY % b SYSTEM "http://10.0.0.1/">%b;]><a/>',
        HEAD + b"&unknown;" + FOOT,
        HEAD + b"<a>" * 60 + b"</a>" * 60 + FOOT,
        HEAD + b"<a/>" * 21_000 + FOOT,
        b" " * (soap.MOST_BYTES + 1),
        b"<a/>",
        b"\0",
    ],
    ids=range(13),
)
def test_what_is_no_answer_is_refused(data: bytes) -> None:
    with pytest.raises(soap.AnswerUnreadable):
        soap.body_of(data)


def test_the_token_is_that_of_the_standard() -> None:
    """The example of ONVIF's Application Programmer's Guide."""
    nonce = base64.b64decode("LKqI6G/AikKCQrN0zqZFlg==")
    header = soap.Token("user", "userpassword", nonce, 1_284_623_445_000_000).header()
    assert ">tuOSpGlFlIXsozq4HFNeeGeFLEI=<" in header
    assert ">2010-09-16T07:50:45Z<" in header
    assert "userpassword" not in header


def test_a_name_stays_a_name() -> None:
    token = soap.Token("us<er&", "pass&word", bytes(16), 0)
    assert soap.read(soap.envelope("<q/>", token)).value("Username") == "us<er&"
    assert "pass&word" not in repr(token)


@pytest.mark.parametrize(
    ("text", "refuses"),
    [
        ("<s:Fault><s:Code><s:Subcode><s:Value>ter:NotAuthorized</s:Value></s:Subcode></s:Code></s:Fault>", True),
        ("<s:Fault><s:Code><s:Value>wsse:FailedAuthentication</s:Value></s:Code></s:Fault>", True),
        ("<s:Fault><faultcode>wsse:InvalidSecurityToken</faultcode></s:Fault>", True),
        ("<s:Fault><s:Code><s:Value>ter:ActionNotSupported</s:Value></s:Code></s:Fault>", False),
        ("<x>NotAuthorized</x>", False),
    ],
)
def test_a_wrong_password_is_told_from_other_faults(text: str, refuses: bool) -> None:
    assert soap.refuses_sign_in(body(text)) is refuses


@pytest.mark.parametrize(
    ("numbers", "told"),
    [
        ("2026 3 7 14 30 5", 1_772_893_805_000_000),
        ("2026 3 7 14 30 60", 1_772_893_859_000_000),
        ("1970 1 1 0 0 0", 0),
        ("9998 12 31 23 59 59", 253_370_764_799_000_000),
        ("9999 12 31 23 59 59", None),
        ("1 1 1 0 0 0", None),
        ("2026 2 30 14 30 5", None),
        ("0 0 0 0 0 0", None),
        ("-1 1 1 0 0 0", None),
        ("99999999 1 1 0 0 0", None),
        ("２０２６ 1 1 0 0 0", None),
    ],
)
def test_the_time_of_a_device(numbers: str, told: int | None) -> None:
    names = ("Year", "Month", "Day", "Hour", "Minute", "Second")
    parts = [f"<{name}>{number}</{name}>" for name, number in zip(names, numbers.split(), strict=True)]
    inner = f"<Date>{''.join(parts[:3])}</Date><Time>{''.join(parts[3:])}</Time>"
    assert soap.told_time_us(body(f"<UTCDateTime>{inner}</UTCDateTime>")) == told


@pytest.mark.parametrize(
    ("uri", "address"),
    [
        ("rtsp://10.9.9.9:8554/live?x=1", "rtsp://192.168.1.64:8554/live?x=1"),
        ("rtsp://u:p@10.9.9.9/live", "rtsp://192.168.1.64/live"),
        ("RTSPS://h/", "rtsps://192.168.1.64/"),
        ("rtsp://h/%0d%0aX", "rtsp://192.168.1.64/%0d%0aX"),
        ("rtsp://h/a b", None),
        ("rtsp://h/a\nb", None),
        ("rtsp://h:port/", None),
        ("http://h/live", None),
        ("rtsp:///live", None),
        ("rtsp://[", None),
        ("rtsp://h/" + "x" * 300, None),
        ("", None),
    ],
)
def test_a_stream_is_on_the_machine_that_was_asked(uri: str, address: str | None) -> None:
    assert stream_address(body(f"<Uri>{uri}</Uri>"), "192.168.1.64") == address


def test_a_stream_of_a_machine_with_a_long_number() -> None:
    assert stream_address(body("<Uri>rtsp://[fe80::1]:554/a</Uri>"), "fd00::9") == "rtsp://[fd00::9]:554/a"


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("http://10.9.9.9:80/onvif/media?a=b", "/onvif/media?a=b"),
        ("https://evil.example/x", "/x"),
        ("http://h", "/"),
        ("http://h?a=b", "/?a=b"),
        ("http://u:p@h/x", "/x"),
        ("http:@127.0.0.1:2375/containers/db/kill", None),
        ("http:@evil/x", None),
        ("http:80/x", None),
        ("http:/x", None),
        ("http:///x", None),
        ("http:x", None),
        ("http:?x", None),
        ("http://h//evil/x", None),
        (r"http://h/\evil/x", None),
        (r"http:\\evil/x", None),
        ("//evil/x", None),
        ("/x", None),
        ("@evil/x", None),
        ("file:///etc/passwd", None),
        ("http://h/a b", None),
        ("http://h/\x00", None),
        ("", None),
        ("http://[", None),
    ],
)
def test_a_service_is_on_the_machine_that_was_asked(address: str, path: str | None) -> None:
    assert path_of(address) == path


@pytest.mark.parametrize("path", ["@127.0.0.1:2375/x", ":2375/x", "2375/x", ".evil/x", "", "?x", "http://evil/x"])
def test_no_path_leads_to_another_machine(path: str) -> None:
    with pytest.raises(httpx.InvalidURL):
        at_path(httpx.URL(scheme="http", host="10.0.0.5", port=80), path)


def test_profiles_without_a_lens_or_a_name_of_their_own_are_left_out() -> None:
    lens = "<VideoSourceConfiguration><SourceToken>1</SourceToken></VideoSourceConfiguration>"
    text = (
        f'<Profiles token="a"><Name>x\u202ey</Name>{lens}</Profiles><Profiles token="b"><Name>b</Name></Profiles>'
        f'<Profiles><Name>c</Name>{lens}</Profiles><Profiles token="{"d" * 101}">{lens}</Profiles>'
    )
    (found,) = channels(body(text))
    assert (found.token, found.name, found.width) == ("a", "xy", 0)
