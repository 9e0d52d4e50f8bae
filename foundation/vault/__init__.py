"""Short secrets sealed at rest, each under a key of its own that a key keeper wraps. docs/design/secrets.md."""

from foundation.vault.column import SealedColumn
from foundation.vault.errors import KeyAnswerBad, KeyCommandFailed, KeyUnusable, SealBroken
from foundation.vault.keeper import KeyInfo, KeyKeeper, Wrapped
from foundation.vault.key_command import KeyCommand
from foundation.vault.key_file import KeyFile
from foundation.vault.vault import Vault

__all__ = [
    "KeyAnswerBad",
    "KeyCommand",
    "KeyCommandFailed",
    "KeyFile",
    "KeyInfo",
    "KeyKeeper",
    "KeyUnusable",
    "SealBroken",
    "SealedColumn",
    "Vault",
    "Wrapped",
]
