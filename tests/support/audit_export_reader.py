"""Checks an exported period with the standard library, an Ed25519 verification, and none of our code: docs/ref/audit-export.md."""

import base64
import csv
import hashlib
import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

CONTENT = [
    "at_us",
    "actor",
    "actor_kind",
    "action",
    "object_kind",
    "object_id",
    "detail",
    "role",
    "unit",
    "purpose",
    "grant_id",
    "address",
]


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def signed(note: str, key: str) -> tuple[int, bytes]:
    """Return size and root of a checkpoint that this key signed."""
    text, _, signature = note.partition("\n\n")
    public = base64.b64decode(key.split("+", 2)[2])[1:]
    Ed25519PublicKey.from_public_bytes(public).verify(base64.b64decode(signature.split()[2])[4:], f"{text}\n".encode())
    _, size, root = text.split("\n")
    return int(size), base64.b64decode(root)


def climbed(row: dict[str, Any], size: int) -> bytes:
    """Return the root that an event's proof leads to."""
    if row["erased"]:
        commitment = bytes.fromhex(row["commitment"])
    else:
        content = json.dumps(
            {name: row[name] for name in CONTENT}, ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )
        commitment = sha256(bytes.fromhex(row["salt"]) + content.encode())
    leaf = f"matpho audit 1\n{row['at_us']}\n{row['action']}\n{commitment.hex()}\n"
    found, number, last = sha256(b"\0" + leaf.encode()), row["number"], size - 1
    for step in map(bytes.fromhex, row["proof"]):
        if number % 2 or number == last:
            found = sha256(b"\1" + step + found)
            while number and number % 2 == 0:
                number, last = number // 2, last // 2
        else:
            found = sha256(b"\1" + found + step)
        number, last = number // 2, last // 2
    return found


def check_csv(path: Path, key: str) -> list[dict[str, Any]]:
    """Return the events of a table whose every line is proved by the checkpoint beside it; raise where one is not."""
    size, root = signed(path.with_suffix(".checkpoint").read_text(encoding="utf-8"), key)
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = [typed(row) for row in csv.DictReader(file)]
    for row in rows:
        if climbed(row, size) != root:
            raise AssertionError(f"event {row['number']} is not in the log that was signed")
    return rows


def typed(row: dict[str, str]) -> dict[str, Any]:
    """Return what the cells say, without the apostrophe that keeps a spreadsheet from taking a text for a formula."""
    read: dict[str, Any] = {name: value.removeprefix("'") or None for name, value in row.items()}
    numbers = {"number": int(row["number"]), "at_us": int(row["at_us"])}
    return read | numbers | {"erased": row["erased"] == "True", "proof": row["proof"].split()}


def check_ndjson(path: Path) -> list[dict[str, Any]]:
    """Return the events of an export whose every line is proved; raise where one is not."""
    head, *rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    size, root = signed(head["checkpoint"], head["key"])
    for row in rows:
        if climbed(row, size) != root:
            raise AssertionError(f"event {row['number']} is not in the log that was signed")
    return rows
