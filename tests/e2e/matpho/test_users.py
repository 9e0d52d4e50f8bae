"""Accounts by the command line: the first administrator, roles, links, tokens, closing."""

from tests.support.command_line import Matpho


def test_the_first_administrator(matpho: Matpho) -> None:
    made = matpho(
        "users", "add", "Dao", "--full-name", "Nguyễn Thị Đào", "--role", "administrator", "--everywhere", "--json"
    )
    assert made.code == 0
    assert made.json["link"].startswith("http://127.0.0.1:8000/first-password/")
    assert (made.json["name"], made.json["full_name"], made.json["password"]) == ("dao", "Nguyễn Thị Đào", False)
    assert [(role["role"], role["unit"], role["to"], role["runs"]) for role in made.json["roles"]] == [
        ("administrator", None, None, True)
    ]
    assert matpho("users", "add", "dao").code == 1
    assert [one["name"] for one in matpho("users", "list", "--json").json] == ["dao"]
    assert "dao" in matpho("users", "list").out


def test_a_role_for_a_unit_with_a_term_given_and_ended(ward: Matpho) -> None:
    assert ward("users", "add", "binh").code == 0
    refused = ward("users", "roles", "binh", "--give", "officer")
    assert (refused.code, "--everywhere" in refused.err) == (1, True)
    assert ward("users", "roles", "binh", "--give", "officer", "--unit", "NONE").code == 3
    given = ("users", "roles", "binh", "--give", "officer", "--unit", "KP1")
    assert ward(*given, "--from", "2026-01-01T00:00:00+07:00").code == 1  # nobody had it then
    assert ward(*given, "--to", "2999-01-01T00:00:00+07:00").code != 0
    term = ("--to", "2099-01-01T00:00:00+07:00")
    roles = ward(*given, *term, "--json").json["roles"]
    assert [(role["role"], role["unit"], role["to"], role["runs"]) for role in roles] == [
        ("officer", "KP1", term[1], True)
    ]
    assert ward("users", "roles", "binh", "--give", "auditor", "--everywhere").code == 1
    ended = ward("users", "roles", "binh", "--end", roles[0]["id"], "--json").json["roles"]
    assert [role["runs"] for role in ended] == [False]
    assert ward("users", "roles", "nobody").code == 3


def test_a_token_is_told_once_and_revoked(matpho: Matpho) -> None:
    matpho("users", "add", "an", "--role", "administrator", "--everywhere")
    made = matpho("users", "token", "an", "--scope", "metrics.read", "--label", "Prometheus", "--json").json
    assert made["token"].startswith("matpho_")
    assert [(one["label"], one["scopes"], one["open"]) for one in made["tokens"]] == [
        ("Prometheus", "metrics.read", True)
    ]
    assert matpho("users", "token", "an", "--json").json["token"] is None
    revoked = matpho("users", "token", "an", "--revoke", made["tokens"][0]["id"], "--json").json
    assert [one["open"] for one in revoked["tokens"]] == [False]
    assert matpho("users", "token", "an", "--scope", "everything").code == 1


def test_links_and_closing(matpho: Matpho) -> None:
    first = matpho("users", "add", "an", "--json").json["link"]
    second = matpho("users", "link", "an", "--new-phone", "--json").json["link"]
    assert first != second
    assert matpho("users", "link", "an", "--subject", "s1").code == 1  # no provider is set
    assert matpho("users", "disable", "an", "--json").json["disabled"] is True
    assert matpho("users", "link", "an").code == 1
    assert matpho("users", "disable", "an", "--undo", "--json").json["disabled"] is False


def test_nobody_yet(matpho: Matpho) -> None:
    assert matpho("users", "list").code == 3
