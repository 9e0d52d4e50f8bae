"""A ward whose secrets give themselves away does what wards do, and worse; then everything anybody could read is searched."""

import base64
import json
import os
import pty
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import sqlalchemy as sa

from foundation.clock import SystemClock
from foundation.database import create_engine
from people import totp
from tests.support.bad_cameras import bad_cameras
from tests.support.browser_forms import Browser
from tests.support.canary import Canaries, command_lines, dump, files
from tests.support.command_line import ROOT, Matpho, matpho_on
from tests.support.databases import PostgresTemplate
from tests.support.live_street import Live, live
from tests.support.rtsp_camera import Camera
from tests.support.service_process import ServiceProcess, bearer
from tests.support.witnesses import free_port

_PATIENCE_S = 90
_NOBODY = free_port()
"""A port that cameras may have, and at which nobody listens."""
_SPECIAL = "hẻm/{}@ :%?#[]&+'\"<ự>"
_PLAIN = "mật khẩu/{}@chợ"
"""What people write into an address without encoding it."""


@dataclass
class Ward:
    """A ward with its secrets, and everything that it ever said."""

    data: Path
    engine: sa.Engine
    settings: dict[str, str]
    canaries: Canaries = field(default_factory=Canaries)
    said: dict[str, bytes] = field(default_factory=dict)

    @property
    def matpho(self) -> Matpho:
        return matpho_on(self.data, **self.settings)

    def hear(self, name: str, *data: bytes | str) -> None:
        told = b"\n".join(one if isinstance(one, bytes) else one.encode(errors="surrogateescape") for one in data)
        self.said[f"{len(self.said)} {name}"] = told

    def run(self, *arguments: str | Path, code: int | None = 0) -> Any:
        told = self.matpho(*arguments)
        self.hear(f"matpho {' '.join(map(str, arguments))[:60]}", told.out, told.err)
        assert code is None or told.code == code, told.err
        return told

    def leaks(self) -> dict[str, set[str]]:
        return {name: found for name, data in self.said.items() if (found := self.canaries.found_in(data))}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def ward(request: pytest.FixtureRequest, data_dir: Path) -> Iterator[Ward]:
    if request.param == "sqlite":
        engine = create_engine(f"sqlite:///{data_dir / 'catalogue.sqlite'}")
        yield Ward(data_dir, engine, {"MATPHO_CAMERA_NETWORKS": "127.0.0.0/8"})
        engine.dispose()
        return
    template: PostgresTemplate = request.getfixturevalue("_postgres_template")
    with template.catalogue() as engine:
        url = engine.url.render_as_string(hide_password=False)
        yield Ward(data_dir, engine, {"MATPHO_DATABASE_URL": url, "MATPHO_CAMERA_NETWORKS": "127.0.0.0/8"})


@dataclass
class Street:
    """The cameras there are: one that is good and asks for its password, two that give away what they are told."""

    good: Live
    password: str
    bad: list[Camera]


@pytest.fixture
def street(ward: Ward, tmp_path: Path) -> Iterator[Street]:
    password = ward.canaries.new("good camera", _SPECIAL)
    with (
        live(tmp_path / "loop", "--cameras", "2", "--user", "admin", "--password", password) as good,
        bad_cameras() as bad,
    ):
        yield Street(good, password, bad)


def register(ward: Ward, street: Street, folder: Path) -> None:
    """Import cameras of every kind, and tables that are refused."""
    new, port = ward.canaries.new, street.good.ready["port"]
    sources = [
        street.good.address(1, f"admin:{quote(street.password, safe='')}@"),
        street.good.address(2, f"admin:{quote(new('refused', _SPECIAL), safe='')}@"),
        f"rtsp://admin:{new('unreachable', 'p@{}')}@127.0.0.1:{_NOBODY}/live",
        *(
            f"rtsp://{new(f'user {n}')}:{new(f'echoed {n}')}@127.0.0.1:{one.port}/live"
            for n, one in enumerate(street.bad)
        ),
    ]
    rows = [f"R{number},10.77,106.7,{json_cell(source)}" for number, source in enumerate(sources, 1)]
    table = folder / "cameras.csv"
    table.write_text("\n".join(["code,lat,lon,source", *rows]))
    ward.run("cameras", "import", table, "--json")
    bad = [
        f"rtsp://admin:{new('port', 'x/{}')}@127.0.0.1:{port}/x",
        f"http://admin:{new('no rtsp', _PLAIN)}@127.0.0.1/x",
        new("alone", "admin:{}"),
        new("word"),
    ]
    rows = [f"B{number},10.77,106.7,{json_cell(source)}," for number, source in enumerate(bad)]
    moved = f"rtsp://admin:{new('moved', 'a long one, longer than what is told back, {}' + 'x' * 60)}@10.0.0.1/x"
    rows += [
        f"M1,{json_cell(moved)},106.7,clips,",
        f"M2,10.77,106.7,clips,{json_cell(moved)}",
        f"{json_cell(moved)},1,2,clips,",
    ]
    table.write_text("\n".join(["code,lat,lon,source,status", *rows]))
    ward.run("cameras", "import", table, "--json", code=1)


def json_cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def sign_in(ward: Ward, client: httpx.Client) -> None:
    """Choose a password by a link, fail with it, enrol a phone; passwords go astray as they do with people."""
    link = ward.matpho("users", "add", "binh", "--role", "officer", "--everywhere", "--json").json["link"]
    secret = ward.canaries.keep("link", link.rpartition("/")[2])
    password, wrong = (
        ward.canaries.new("sign-in", "bốn từ {} dễ nhớ"),
        ward.canaries.new("wrong password", "sai {} rồi!"),
    )
    browser = Browser(client)
    browser.open(f"/first-password/{secret}")
    browser.send("/first-password", link=secret, name="binh", password=password)
    assert "The password is set" in browser.page
    ward.hear("page", browser.page)
    for name, tried in (("binh", wrong), (wrong, wrong), (wrong, password)):
        browser.open("/sign-in").send("/sign-in", name=name, password=tried)
        assert browser.status in {403, 422, 429, 401}
        ward.hear("refused sign-in", browser.page.replace(f'value="{wrong}"', ""))  # who typed it sees it again
    time.sleep(2)
    browser.open("/sign-in").send("/sign-in", name="binh", password=password)
    key = re.search(r"secret=([A-Z2-7]{16,})", browser.page)
    shown = key[1] if key else re.sub(r"\s", "", re.findall(r"<code>([A-Z2-7 ]+)</code>", browser.page)[0])
    ward.canaries.keep("phone", shown)
    now = totp.step_of(SystemClock().now_us())
    browser.send("/sign-in/phone", code="000000")
    browser.send("/sign-in/phone", code=totp.code_at(shown, now))
    assert browser.status == 200
    ward.hear("account", browser.open("/account").page)


def misuse(ward: Ward, client: httpx.Client, proof: dict[str, str]) -> None:
    """Send what is refused and what fails, with secrets in every place."""
    new, cameras = ward.canaries.new, "/api/v1/cameras"
    address = f"rtsp://admin:{new('edited', 'mật khẩu {}@chợ')}@127.0.0.1:{_NOBODY}/x"

    def ask(method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        answer = client.request(method, path, headers=proof | (headers or {}), **more)
        ward.hear(f"{method} {path[:40]}", str(answer.headers), answer.content)
        return answer

    tag = ask("GET", f"{cameras}/R3").headers["etag"]
    assert ask("PATCH", f"{cameras}/R3", {"If-Match": tag}, json={"source": address}).status_code == 200
    assert ask("PATCH", f"{cameras}/R3", {"If-Match": tag}, json={"source": address}).status_code == 412
    tag = ask("GET", f"{cameras}/R3").headers["etag"]
    for body in (
        {"source": f"rtsp://u:{new('long')}@h/{'x' * 600}"},
        {"source": f"http://u:{new('http', _PLAIN)}@h/"},
        {"source": f"rtsp://u:{new('bad port')}@h:99999/"},
        {"source": [f"rtsp://u:{new('listed')}@h/"]},
        {"lat": f"rtsp://u:{new('lat')}@h/"},
        {"status": f"rtsp://u:{new('status')}@h/"},
        {"consent_date": new("date")[:8]},
        {"password": new("unknown field")},
        {f"rtsp://u:{new('as a name')}@h/": 1},
    ):
        assert ask("PATCH", f"{cameras}/R3", {"If-Match": tag}, json=body).status_code == 422, body
    text = {"Content-Type": "application/json"} | {"If-Match": tag}
    assert ask("PATCH", f"{cameras}/R3", text, content='{"source": "rtsp://u:' + new("cut off")).status_code == 422
    within = quote(f"rtsp://u:{new('in the path', _PLAIN)}@h", safe="")
    assert ask("GET", f"{cameras}/{within}").status_code in {404, 422}
    ask("GET", f"{cameras}?q={within}&limit={within}")
    ask("POST", f"{cameras}/import?file_name={within}.csv", content=b"code\n\xff")
    ask("GET", "/api/v1/me", {"Authorization": f"Bearer {new('bad token')}"})
    failing(ward, ask)


def failing(ward: Ward, ask: Any) -> None:
    """Take a table away while a camera with a password is stored, so that the service fails in the middle."""
    with ward.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE ownership RENAME TO ownership_away")
    try:
        source = f"rtsp://{ward.canaries.new('user at failing')}:{ward.canaries.new('failing')}@h/"
        body = {"code": "F1", "lat": 1, "lon": 2, "source": source}
        assert ask("POST", "/api/v1/cameras", json=body).status_code >= 500
    finally:
        with ward.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE ownership_away RENAME TO ownership")


def wait_for(client: httpx.Client, proof: dict[str, str], states: dict[str, str]) -> dict[str, Any]:
    """Wait until each camera is as it should be; return what is told of all of them."""
    limit = time.monotonic() + _PATIENCE_S
    while time.monotonic() < limit:
        told: dict[str, Any] = client.get("/api/v1/recording", headers=proof).json()
        found = {one["code"]: one["reason"] or one["state"] for one in told["cameras"]}
        if states.items() <= found.items():
            return told
        time.sleep(0.3)
    raise TimeoutError(f"{found}")


def read_everything(ward: Ward, client: httpx.Client, proof: dict[str, str]) -> None:
    """Ask for all that can be read, by HTTP and by commands."""
    paths = ["/api/v1/cameras", "/api/v1/cameras/R1", "/api/v1/cameras/R1/owner", "/api/v1/recording", "/metrics"]
    paths += [
        "/api/v1/openapi.json",
        "/docs",
        "/api/v1/me",
        "/healthz",
        "/readyz",
        "/api/v1/audit/checkpoint",
        "/sign-in",
    ]
    for path in paths:
        answer = client.get(path, headers=proof)
        ward.hear(f"GET {path}", str(answer.headers), answer.content)
    for words in ("cameras list", "cameras show R1", "recording", "doctor", "keys list", "users list", "check"):
        ward.run(*words.split(), code=None)
        ward.run(*words.split(), "--json", code=None)
    for name in ("log.ndjson", "log.csv"):
        out = ward.data.parent / name
        ward.run("audit", "export", "--from", "2020-01-01T00:00:00Z", "--to", "2100-01-01T00:00:00Z", "--out", out)
        ward.hear(name, out.read_bytes())
    for name, data in files(ward.data, but="keys").items():
        ward.hear(f"file {name}", data)
    ward.hear("dump", dump(ward.engine))


def on_a_terminal(ward: Ward, *arguments: str, **settings: str) -> str:
    """Run a command whose log goes to a terminal, where it is text."""
    ours, theirs = pty.openpty()
    known = {name: value for name, value in os.environ.items() if not name.startswith("MATPHO_")}
    environment = known | {"MATPHO_DATA": str(ward.data), "MATPHO_LANGUAGE": "en"} | ward.settings | settings
    command = [sys.executable, "-m", "matpho", *arguments]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=theirs, stderr=theirs, stdin=subprocess.DEVNULL
    )
    os.close(theirs)
    told = b""
    try:
        while more := os.read(ours, 65536):
            told += more
    except OSError:  # so says Linux when the other end is closed
        pass
    finally:
        os.close(ours)
    assert process.wait(_PATIENCE_S) == 0, told
    return told.decode(errors="replace")


def recordings_of(ward: Ward, code: str) -> int:
    question = "SELECT count(*) FROM audit_event WHERE action = 'recording:begin' AND object_id = :code"
    with ward.engine.connect() as connection:
        return int(connection.execute(sa.text(question), {"code": code}).scalar_one())


def test_no_secret_is_anywhere_but_where_it_belongs(ward: Ward, street: Street, tmp_path: Path) -> None:
    register(ward, street, tmp_path)
    proof = bearer(ward.matpho)
    ward.canaries.keep("token", proof["Authorization"].removeprefix("Bearer "))
    service = ServiceProcess(ward.data, "serve", "--record", MATPHO_LOG_LEVEL="debug", **ward.settings)
    service.start()
    try:
        with httpx.Client(base_url=service.address, headers={"Accept-Language": "en"}) as client:
            states = {"R1": "recording", "R2": "sign_in_refused", "R3": "unreachable"}
            told = wait_for(client, proof, states)
            assert {one["state"] for one in told["cameras"] if one["code"] in {"R4", "R5"}} == {"waiting"}
            assert all(any("Authorization: Basic" in text for text in one.texts) for one in street.bad)  # and tell it
            sign_in(ward, client)
            misuse(ward, client, proof)
            ward.hear("argv", *command_lines(service.pid).values())
            assert len(command_lines(service.pid)) > 1
            read_everything(ward, client, proof)
            ward.run("keys", "rotate", "--json")
            wait_for(client, proof, states)
    finally:
        service.stop()
    before = recordings_of(ward, "R1")
    text = on_a_terminal(ward, "record", "--for", "15", MATPHO_LIVE_SOURCE="libav", MATPHO_LOG_LEVEL="debug")
    assert recordings_of(ward, "R1") > before
    assert "R2 does not record" in text
    ward.hear("text log", text)
    ward.hear("JSON log", service.log.read_bytes())
    logged = [json.loads(line) for line in service.log.read_text().splitlines() if line.startswith("{")]
    assert {"debug", "info", "warning", "error"} <= {one["level"] for one in logged}
    for name, data in files(ward.data, but="keys").items():
        ward.hear(f"file {name} at the end", data)
    ward.hear("dump at the end", dump(ward.engine))
    assert ward.leaks() == {}


def test_what_is_searched_for_would_be_found() -> None:
    canaries = Canaries()
    secret = canaries.new("one", _SPECIAL)
    user = f"admin:{secret}"
    for form in (
        secret,
        secret.upper(),
        quote(secret),
        json.dumps(secret),
        secret.encode().hex(),
        *(base64.b64encode(f"{'x' * n}{user}".encode()).decode() for n in range(3)),
    ):
        assert canaries.found_in(f"… {form} …".encode()) == {"one"}
    assert canaries.found_in(b"nothing") == set()
