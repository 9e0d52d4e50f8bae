"""The files opened last: a player asks for a clip in many ranges, and each would compute the same header."""

from collections import OrderedDict
from threading import Lock

from extract.virtual_file import VirtualFile

_HEADER_BYTES = 32 * 2**20


class FileMemory:
    """Remembers virtual files by what determines their bytes and places, up to a bounded number of header bytes."""

    def __init__(self, header_bytes: int = _HEADER_BYTES) -> None:
        self._room = header_bytes
        self._held = 0
        self._known: OrderedDict[tuple[str, ...], VirtualFile] = OrderedDict()
        self._lock = Lock()

    def get(self, name: tuple[str, ...]) -> VirtualFile | None:
        with self._lock:
            known = self._known.get(name)
            if known is not None:
                self._known.move_to_end(name)
            return known

    def put(self, name: tuple[str, ...], file: VirtualFile) -> None:
        with self._lock:
            if name in self._known:
                return
            self._known[name] = file
            self._held += len(file.header)
            while self._held > self._room:
                _, old = self._known.popitem(last=False)
                self._held -= len(old.header)
