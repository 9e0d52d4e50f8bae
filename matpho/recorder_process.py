"""The recorder beside the service, for a small box that is to need one command: a process of its own, begun again if it dies."""

import logging
import subprocess
import sys
import threading

log = logging.getLogger(__name__)

_AGAIN_S = 5.0
_STOP_S = 40


class RecorderProcess:
    """Work of the service (`api.service.Background`). The process ends with us, however we end: it watches its input."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._work, name="recorder", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        process = self._process
        if process is not None and process.stdin is not None:
            process.stdin.close()
        self._thread.join(_STOP_S)
        if process is not None and process.poll() is None:
            process.kill()
            process.wait()

    def _work(self) -> None:
        command = [sys.executable, "-m", "matpho", "record", "--tied", "--json"]
        while not self._stopping.is_set():
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
            code = self._process.wait()
            if not self._stopping.is_set():
                log.error("the recorder ended with %d and is started again", code)
                self._stopping.wait(_AGAIN_S)
