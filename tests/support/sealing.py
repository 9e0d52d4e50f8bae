"""Keepers of keys for tests, and values as they were sealed before there were envelopes."""

import secrets
import shlex
import sys
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.support.command_line import ROOT


def key_command(folder: Path, fault: str = "") -> str:
    """Return a command line for MATPHO_KEY_COMMAND; its keys lie in `folder`."""
    program = ROOT / "tests" / "support" / "key_program.py"
    return shlex.join([sys.executable, str(program), str(folder), *([fault] if fault else [])])


def sealed_of_old(key: bytes, text: str, context: str) -> bytes:
    nonce = secrets.token_bytes(12)
    return b"\x01" + nonce + AESGCM(key).encrypt(nonce, text.encode(), context.encode())
