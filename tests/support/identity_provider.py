"""A certified OpenID Connect provider (npm's oidc-provider) in a process of its own, on loopback."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urljoin

import httpx

FOLDER = Path(__file__).parents[1] / "provider"
CLIENT, SECRET = "matpho", "a secret of the tests only"


@dataclass
class IdentityProvider:
    issuer: str

    def visit(self, address: str, subject: str, *, amr: str | None = None) -> str:
        """Go where a browser was sent, sign in as `subject`, and return the address that it is sent back to."""
        with httpx.Client(timeout=30) as browser:
            answers = urlencode({"account": subject} | ({"amr": amr} if amr else {}))
            for _ in range(8):
                answer = browser.get(address)
                if answer.status_code == 200 and "/login/" in address:
                    address = f"{address}?{answers}"
                    continue
                if answer.status_code not in {302, 303}:
                    raise AssertionError(f"{address}: {answer.status_code} {answer.text}")
                address = urljoin(address, answer.headers["location"])
                if not address.startswith(self.issuer):
                    return address
        raise AssertionError(f"never sent back: {address}")


@contextmanager
def identity_provider(back: str) -> Iterator[IdentityProvider]:
    """Run the provider with one client, which it sends back to the address `back`."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = subprocess.Popen(
        ["node", "provider.mjs", str(port), CLIENT, SECRET, back],
        cwd=FOLDER,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        said: list[str] = []
        while not (said and said[-1].startswith("ready ")):
            line = process.stdout.readline()
            if not line:
                raise RuntimeError(f"the provider does not start, `make provider` installs it: {''.join(said)}")
            said.append(line)
        yield IdentityProvider(f"http://127.0.0.1:{port}")
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
