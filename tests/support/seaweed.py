"""A real S3 store (SeaweedFS, from its PyPI package) on loopback for the length of a test run."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

BUCKET = "footage"
_PARTS = ("master", "volume", "filer")


@contextmanager
def seaweed() -> Iterator[dict[str, str]]:
    """Start the store; give the environment that leads to it: endpoint, region and keys under the usual names."""
    folder = Path(tempfile.mkdtemp(prefix="weed-"))
    keys = {"AWS_ACCESS_KEY_ID": "test-key", "AWS_SECRET_ACCESS_KEY": "test-secret"}
    ports = free_ports(2 * len(_PARTS) + 2)
    options = [f"-{part}.port={ports[n]}" for n, part in enumerate(_PARTS)]
    options += [f"-{part}.port.grpc={ports[len(_PARTS) + n]}" for n, part in enumerate(_PARTS)]
    options += [f"-s3.port={ports[-1]}", f"-s3.port.grpc={ports[-2]}", "-s3.port.iceberg=0", "-s3.port.lance=0"]
    log = (folder / "log").open("wb")
    process = subprocess.Popen(
        [Path(sys.executable).parent / "weed", "server", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1",
         "-s3", "-filer", "-volume.max=20", "-master.volumeSizeLimitMB=64", *options],
        cwd=folder, env=os.environ | keys, stdout=log, stderr=log,
    )  # fmt: skip
    found = keys | {"AWS_ENDPOINT": f"http://127.0.0.1:{ports[-1]}", "AWS_REGION": "us-east-1"}
    try:
        _make_bucket(found, process, folder / "log")
        yield found
    finally:
        process.kill()  # told to end, it waits 25 s for others to notice; nothing that it holds is wanted any more
        process.wait(30)
        log.close()
        shutil.rmtree(folder, ignore_errors=True)


def free_ports(count: int) -> list[int]:
    with ExitStack() as open_:
        return [open_.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(count)]


def _make_bucket(environment: dict[str, str], process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the store keeps what it is given; with the first object it makes the bucket."""
    store = S3Store(
        BUCKET,
        access_key_id=environment["AWS_ACCESS_KEY_ID"],
        secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        endpoint=environment["AWS_ENDPOINT"],
        region=environment["AWS_REGION"],
        client_options={"allow_http": True, "timeout": "5s"},
        retry_config={"max_retries": 0},
    )
    pause = threading.Event()
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            obstore.put(store, "ready", b"1")
        except (BaseError, OSError):
            pause.wait(0.2)
        else:
            return
    raise RuntimeError(f"the store did not start: {log.read_text()[-2000:]}")
