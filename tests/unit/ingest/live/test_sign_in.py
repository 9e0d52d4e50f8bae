"""Signing in: the examples of the RFCs, and what cameras really offer."""

import base64
import hashlib

import pytest

from ingest.live.sign_in import SignIn, challenges

RFC_7616 = (
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=SHA-256, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS", '
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=MD5, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


def mufasa(header: str) -> str:
    asked = SignIn("Mufasa", "Circle of Life", CNONCE)
    assert asked.header("GET", "/dir/index.html") is None
    assert asked.take(header)
    answer = asked.header("GET", "/dir/index.html")
    assert answer is not None
    return answer


def test_the_example_of_rfc_7616_with_the_stronger_hash_first() -> None:
    assert [one.algorithm for one in challenges(RFC_7616)] == ["SHA-256", "MD5"]
    answer = mufasa(RFC_7616)
    assert 'response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"' in answer
    assert "algorithm=SHA-256" in answer
    assert "nc=00000001" in answer
    assert 'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"' in answer


def test_the_example_of_rfc_7616_with_md5() -> None:
    only = RFC_7616[RFC_7616.index("Digest", 10) :]
    assert 'response="8ca523f5e9506fed4657c9700eebdbec"' in mufasa(only)


def test_a_camera_without_qop_is_answered_as_rfc_2069_says() -> None:
    asked = SignIn("admin", "12345", "c")
    assert asked.take('Digest realm="IP Camera(C1234)", nonce="abc123", stale="FALSE"')

    def md5(text: str) -> str:
        return hashlib.md5(text.encode()).hexdigest()

    uri = "rtsp://10.0.0.9/live"
    wanted = md5(f"{md5('admin:IP Camera(C1234):12345')}:abc123:{md5(f'DESCRIBE:{uri}')}")
    answer = asked.header("DESCRIBE", uri)
    assert answer is not None
    assert f'response="{wanted}"' in answer
    assert "cnonce" not in answer


def test_each_request_counts_and_differs() -> None:
    asked = SignIn("a", "b", "c")
    asked.take('Digest realm="r", nonce="n", qop="auth"')
    answers = [asked.header("PLAY", "u") or "" for _ in range(3)]
    assert [f"nc={number:08x}" in answer for number, answer in enumerate(answers, 1)] == [True] * 3
    assert len(set(answers)) == 3


def test_digest_goes_before_basic_and_basic_before_nothing() -> None:
    both = 'Basic realm="cam", Digest realm="cam", nonce="n"'
    assert [one.scheme for one in challenges(both)] == ["digest", "basic"]
    asked = SignIn("usér", "pä:ss", "c")
    assert asked.take('Basic realm="cam"')
    assert asked.header("X", "u") == "Basic " + base64.b64encode("usér:pä:ss".encode()).decode()


@pytest.mark.parametrize(
    "header", ["", "Negotiate", 'Digest realm="r"', 'Digest realm="r", nonce="n", algorithm=SHA-512-256', ",,,"]
)
def test_what_nobody_here_speaks_is_left_out(header: str) -> None:
    assert challenges(header) == []
    assert not SignIn("a", "b", "c").take(header)


def test_the_same_offer_again_means_a_wrong_password() -> None:
    asked = SignIn("a", "b", "c")
    offer = 'Digest realm="r", nonce="one"'
    assert asked.take(offer)
    assert not asked.take(offer)
    assert asked.take('Digest realm="r", nonce="two"')
    assert asked.take('Digest realm="r", nonce="two", stale=true')


def test_a_new_offer_in_answer_to_the_first_use_means_a_wrong_password_too() -> None:
    asked = SignIn("a", "b", "c")
    assert asked.take('Digest realm="r", nonce="one"')
    asked.header("DESCRIBE", "u")
    assert not asked.take('Digest realm="r", nonce="two"')


def test_a_nonce_that_worked_before_may_grow_old_unsaid() -> None:
    asked = SignIn("a", "b", "c")
    asked.take('Digest realm="r", nonce="one"')
    asked.header("DESCRIBE", "u")
    asked.header("SETUP", "u")
    assert asked.take('Digest realm="r", nonce="two"')
    asked.header("SETUP", "u")
    assert not asked.take('Digest realm="r", nonce="three"')


def test_nobody_is_stale_for_ever() -> None:
    asked = SignIn("a", "b", "c")
    tries = 0
    while asked.take(f'Digest realm="r", nonce="{tries}", stale=TRUE') and tries < 100:
        asked.header("DESCRIBE", "u")
        tries += 1
    assert tries == 3


def test_what_stands_in_quotes_is_no_other_offer() -> None:
    (offer,) = challenges(r'Digest realm="Hem 12, basic digest \"cam\"", nonce="n,digest x", algorithm="MD5"')
    assert offer.fields == {"realm": 'Hem 12, basic digest "cam"', "nonce": "n,digest x", "algorithm": "MD5"}
    asked = SignIn("a", "b", "c")
    asked.take(r'Digest realm="the \"cam\"", nonce="n"')
    assert r'realm="the \"cam\""' in (asked.header("X", "u") or "")


def test_a_quote_in_a_name_stays_inside_its_quotes() -> None:
    asked = SignIn('ad"min\\', "b", "c")
    asked.take('Digest realm="r", nonce="n"')
    assert r'username="ad\"min\\"' in (asked.header("X", "u") or "")


def test_the_password_shows_nowhere() -> None:
    assert "hunter2" not in repr(SignIn("admin", "hunter2", "c"))
