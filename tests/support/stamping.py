"""A time-stamp authority: a certificate authority and `openssl ts` behind HTTP on loopback, for the length of a test."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CONFIG = """\
[tsa]
default_tsa = tsa_config
[tsa_config]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""
EXTENSIONS = (
    "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n"
)


def _openssl(folder: Path, *arguments: str | Path) -> None:
    subprocess.run(["openssl", *map(str, arguments)], cwd=folder, check=True, capture_output=True)


def _certify(folder: Path, by: str, name: str, extensions: str) -> None:
    (folder / f"{name}.ext").write_text(extensions)
    request = ["-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}"]
    _openssl(folder, "req", "-newkey", "rsa:2048", "-nodes", *request)
    signing = ["-CA", f"{by}.pem", "-CAkey", f"{by}.key", "-CAcreateserial", "-extfile", f"{name}.ext", "-days", "30"]
    _openssl(folder, "x509", "-req", "-in", f"{name}.csr", *signing, "-out", f"{name}.pem")


def make_authority(folder: Path, *, whole_chain: bool = False) -> Path:
    """Make keys and certificates; return the root certificate.

    With `whole_chain` an authority stands between the root and what stamps, and all three certificates are in every stamp.
    """
    folder.mkdir(parents=True)
    (folder / "serial").write_text("01\n")
    (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder))
    root = ["-keyout", "root.key", "-out", "root.pem", "-subj", "/CN=Root of tests", "-days", "30"]
    _openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", *root)
    if not whole_chain:
        _certify(folder, "root", "tsa", EXTENSIONS)
        return folder / "root.pem"
    _certify(folder, "root", "between", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n")
    _certify(folder, "between", "tsa", EXTENSIONS)
    (folder / "chain.pem").write_text((folder / "between.pem").read_text() + (folder / "root.pem").read_text())
    with (folder / "tsa.cnf").open("a") as config:
        config.write(f"certs = {folder}/chain.pem\n")
    return folder / "root.pem"


@contextmanager
def authority(folder: Path) -> Iterator[str]:
    """Give the address of the authority whose keys are in `folder`."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            command = [
                "openssl",
                "ts",
                "-reply",
                "-queryfile",
                "/dev/stdin",
                "-config",
                "tsa.cnf",
                "-section",
                "tsa_config",
            ]
            done = subprocess.run(command, cwd=folder, input=query, check=True, capture_output=True)
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(done.stdout)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/tsa"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
