"""Checkpoints as text that others can keep and check: C2SP tlog-checkpoint in a C2SP signed-note, signed with Ed25519. Pure.

<origin>          the log's name, which is also the signer's
<size>            leaves, in decimal
<root>            base64 of the root hash

— <name> <base64 of the key's id (4 bytes) and the signature (64 bytes)>
"""

import base64
import hashlib
import re
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from audit.tree import HASH_BYTES

_ED25519 = b"\x01"
_DASH = "\N{EM DASH}"
_NAME = re.compile(r"[^\s+\N{EM DASH}]+")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
MOST_BYTES = 64 * 1024


class NoteUnusable(Exception):
    """A text is no checkpoint, or not signed by who it should be. Stays within whoever reads one."""


class Checkpoint(NamedTuple):
    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def _key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(f"{name}\n".encode() + _ED25519 + public).digest()[:4]


class Verifier(NamedTuple):
    """Who signs, as others write it down: `<name>+<id in hex>+<base64 of the kind and the public key>`."""

    name: str
    public: bytes

    @property
    def text(self) -> str:
        return (
            f"{self.name}+{_key_id(self.name, self.public).hex()}+{base64.b64encode(_ED25519 + self.public).decode()}"
        )

    @classmethod
    def parse(cls, text: str) -> "Verifier":
        """Raises `NoteUnusable`."""
        name, _, rest = text.strip().partition("+")
        number, _, coded = rest.partition("+")
        try:
            key = base64.b64decode(coded, validate=True)
        except ValueError as error:  # of what is no ASCII too
            raise NoteUnusable("the key is not base64") from error
        if not _NAME.fullmatch(name) or key[:1] != _ED25519 or len(key) != 33:
            raise NoteUnusable("the key is not <name>+<id>+<key> with an Ed25519 key")
        if _key_id(name, key[1:]).hex() != number:
            raise NoteUnusable("the key's id does not belong to its name and its bytes")
        return cls(name, key[1:])

    def holds(self, text: str, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


class Signer:
    """`name` is the log's name, without blanks and plus signs."""

    def __init__(self, name: str, seed: bytes) -> None:
        if not _NAME.fullmatch(name):
            raise NoteUnusable(f"“{name}” cannot be the name of a log: it has a blank or a plus sign")
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.verifier = Verifier(name, self._key.public_key().public_bytes_raw())

    def sign(self, checkpoint: Checkpoint) -> str:
        text = checkpoint.text
        name, public = self.verifier
        coded = base64.b64encode(_key_id(name, public) + self._key.sign(text.encode())).decode()
        return f"{text}\n{_DASH} {name} {coded}\n"


def read_checkpoint(note: str, verifiers: list[Verifier]) -> Checkpoint:
    """Return what a note says, if one of `verifiers` signed it. Raises `NoteUnusable`.

    Signatures of others, such as witnesses, may be there too and are not looked at.
    """
    text, blank, signatures = note.partition("\n\n")
    lines = text.split("\n")
    if len(note.encode()) > MOST_BYTES or not blank or len(lines) < 3 or not _SIZE.fullmatch(lines[1]):
        raise NoteUnusable("this is no checkpoint: it is not three lines, a blank line and signatures")
    try:
        root = base64.b64decode(lines[2], validate=True)
    except ValueError as error:  # of what is no ASCII too
        raise NoteUnusable("this is no checkpoint: its root is not base64") from error
    if len(root) != HASH_BYTES:
        raise NoteUnusable("this is no checkpoint: its root is not a SHA-256")
    known = {(one.name, _key_id(*one)): one for one in verifiers if one.name == lines[0]}
    for line in signatures.split("\n"):
        signed = _signature(line)
        if signed is not None and signed[:2] in known and known[signed[:2]].holds(text + "\n", signed[2]):
            return Checkpoint(lines[0], int(lines[1]), root)
    raise NoteUnusable("no key that is known here has signed this checkpoint")


def _signature(line: str) -> tuple[str, bytes, bytes] | None:
    dash, _, rest = line.partition(" ")
    name, _, coded = rest.partition(" ")
    try:
        data = base64.b64decode(coded, validate=True)
    except ValueError:
        return None
    return (name, data[:4], data[4:]) if dash == _DASH and len(data) == 68 else None
