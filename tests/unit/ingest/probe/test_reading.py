"""What people type as an address of a camera."""

import pytest

from foundation.errors import BadInput
from ingest.probe.outcomes import Wanted
from ingest.probe.reading import host_of, read_wanted

PASSWORD = "p@ss:w/rd"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("192.168.1.64", Wanted("http://192.168.1.64")),
        (" 192.168.1.64:8000 ", Wanted("http://192.168.1.64:8000")),
        ("dau-ghi.local", Wanted("http://dau-ghi.local")),
        ("fd00::9", Wanted("http://[fd00::9]")),
        ("[fd00::9]:80", Wanted("http://[fd00::9]:80")),
        ("http://10.0.0.9:8080/onvif/x?a=b#c", Wanted("http://10.0.0.9:8080/onvif/x")),
        ("HTTPS://10.0.0.9", Wanted("https://10.0.0.9")),
        ("rtsp://10.0.0.9/live?channel=1", Wanted("rtsp://10.0.0.9/live?channel=1")),
        ("rtsp://admin:p%40ss%3Aw%2Frd@10.0.0.9/live", Wanted("rtsp://10.0.0.9/live", "admin", PASSWORD)),
    ],
)
def test_it_is_read(text: str, wanted: Wanted) -> None:
    found = read_wanted(text, "", "")
    assert (found.address, found.user, found.password or None) == (wanted.address, wanted.user, wanted.password)
    assert "@" not in host_of(found)


def test_what_stands_beside_it_counts() -> None:
    assert read_wanted("rtsp://a:b@10.0.0.9/", " root ", PASSWORD) == Wanted("rtsp://10.0.0.9/", "root", PASSWORD)


@pytest.mark.parametrize(
    "text",
    [
        *("", "a b", "admin:s3cret@10.0.0.9", "http://admin:s3cret@10.0.0.9/", "ftp://10.0.0.9/s3cret", "rtsp://"),
        *(
            "file:///etc/s3cret",
            "10.0.0.9/s3cret",
            "10.0.0.9:99999",
            "rtsp://[s3cret",
            "http://[::1",
            "10.0.0.9\ns3cret",
        ),
        *(
            "x" * 300,
            "http://10.0.0.9%40s3cret/",
            "http:///s3cret",
            "-s3cret-",
            "rtsp://admin:12/s3cret@10.0.0.9/",
            "rtsp://admin:12?s3cret@10.0.0.9/",
            "rtsp://s3cret:2024#Cam@10.0.0.9/",
            "http://s3cret:2024#Cam@10.0.0.9/",
            "http://s3cret:2024/Cam@10.0.0.9/",
            "http://s3cret:2024?Cam@10.0.0.9/",
            r"http://s3cret:2024\@10.0.0.9/",
            "rtsp://10.0.0.9:s3cret/",
        ),
    ],
)
def test_what_is_none_is_refused_without_a_word_of_it(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_wanted(text, "", "")
    assert "s3cret" not in str(refused.value)
    assert "s3cret" not in repr(refused.value)


def test_the_password_is_in_no_repr() -> None:
    assert PASSWORD not in repr(read_wanted("10.0.0.9", "admin", PASSWORD))
