"""The key that signs checkpoints: a line in a file of the data folder, in the form that other tools for signed notes read.

    PRIVATE+KEY+<name>+<id in hex>+<base64 of the kind and the seed>

The name is drawn with the first key, so that no two logs have the same; who replaces a key keeps the name.
"""

import base64
import secrets
from pathlib import Path

from audit.note import NoteUnusable, Signer
from foundation.errors import N_, BadInput
from foundation.storage.secret_file import secret_of

AUDIT_KEY = "keys/audit.key"
"""In the data folder: what signs checkpoints of the audit log."""
_SEED = 32
_ED25519 = b"\x01"
_HEAD = "PRIVATE+KEY+"


class SigningKeyUnusable(BadInput):
    code = "signing_key_unusable"
    message = N_("The file {path} cannot be used to sign checkpoints: {why}")
    mend = N_(
        "Restore the file from its backup, or move it away: then a new key is made, whose public part witnesses must be told"
    )


def open_signer(key_file: Path) -> Signer:
    """Return the signer of a key file, which is made when there is none. Raises `SigningKeyUnusable`."""
    try:
        line = secret_of(key_file, _new_key).decode("ascii", "replace").strip()
    except OSError as error:
        raise SigningKeyUnusable(path=key_file.name, why=error.strerror or type(error).__name__) from error
    try:
        return _signer(line)
    except (ValueError, NoteUnusable) as error:
        raise SigningKeyUnusable(path=key_file.name, why=str(error)) from error


def _signer(line: str) -> Signer:
    name, _, rest = line.removeprefix(_HEAD).partition("+")
    number, _, coded = rest.partition("+")
    key = base64.b64decode(coded, validate=True)
    if not line.startswith(_HEAD) or key[:1] != _ED25519 or len(key) != 1 + _SEED:
        raise NoteUnusable("it is not one line PRIVATE+KEY+<name>+<id>+<key>")
    signer = Signer(name, key[1:])
    if signer.verifier.text.split("+")[1] != number:
        raise NoteUnusable("its id does not belong to its name and its bytes")
    return signer


def _new_key() -> bytes:
    name, seed = f"matpho/{secrets.token_hex(8)}", secrets.token_bytes(_SEED)
    number = Signer(name, seed).verifier.text.split("+")[1]
    return f"{_HEAD}{name}+{number}+{base64.b64encode(_ED25519 + seed).decode()}\n".encode()
