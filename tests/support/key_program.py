"""A program that keeps keys, as MATPHO_KEY_COMMAND may name one: `python key_program.py FOLDER [FAULT]`.

It is a program of its own, and imports nothing of ours. With a fault it does what programs do wrong.
"""

import base64
import json
import os
import secrets
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def main(folder: Path, fault: str) -> None:
    question = sys.stdin.read()
    if fault:
        FAULTS[fault](question)
        return
    path = folder / "program.json"
    keys: list[dict[str, str]] = json.loads(path.read_text()) if path.exists() else []
    asked = json.loads(question)
    if not keys or asked["do"] == "renew":
        made = "2026-03-07T14:00:00Z"
        keys.insert(0, {"id": f"đ{len(keys)}", "made": made, "key": coded(secrets.token_bytes(32))})
    if asked["do"] == "retire":
        keys = [key for key in keys if key["id"] != asked["id"]]
    path.write_text(json.dumps(keys))
    sys.stdout.write(json.dumps(answer(keys, asked)))


def answer(keys: list[dict[str, str]], asked: dict[str, Any]) -> dict[str, Any]:
    if asked["do"] == "wrap":
        return {"items": [wrapped(keys[0], item) for item in asked["items"]]}
    if asked["do"] == "unwrap":
        return {"items": [unwrapped(keys, item) for item in asked["items"]]}
    return {"keys": [{"id": key["id"], "made": key["made"]} for key in keys][: 1 if asked["do"] == "renew" else None]}


def wrapped(key: dict[str, str], item: dict[str, str]) -> dict[str, str]:
    nonce = secrets.token_bytes(12)
    data = AESGCM(base64.b64decode(key["key"])).encrypt(nonce, base64.b64decode(item["key"]), item["context"].encode())
    return {"id": key["id"], "wrapped": coded(nonce + data)}


def unwrapped(keys: list[dict[str, str]], item: dict[str, str]) -> dict[str, str]:
    data = base64.b64decode(item["wrapped"])
    for key in keys:
        if key["id"] == item["id"]:
            try:
                opened = AESGCM(base64.b64decode(key["key"])).decrypt(data[:12], data[12:], item["context"].encode())
                return {"key": coded(opened)}
            except (InvalidTag, ValueError):
                return {"error": "it does not open"}
    return {"error": "no such key"}


def coded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def hang(_question: str) -> None:
    """Start somebody who keeps our output open, and wait for ever."""
    if os.fork() == 0:
        time.sleep(3600)
    time.sleep(3600)


def complain(question: str) -> None:
    sys.stderr.write(f"at first\nthe token is no good\x1b[2J{question[:0]}\n")
    sys.exit(3)


def repeat(question: str) -> None:
    sys.stderr.write(f"cannot wrap {question}\n")
    sys.exit(3)


def say(text: str) -> Callable[[str], None]:
    def told(_question: str) -> None:
        sys.stdout.write(text)

    return told


FAULTS: dict[str, Callable[[str], None]] = {
    "hang": hang,
    "complain": complain,
    "repeat": repeat,
    "no_json": say("OK"),
    "no_list": say('{"items": 5}'),
    "too_few": say('{"items": []}'),
    "no_base64": say('{"items": [{"id": "1", "wrapped": "???"}]}'),
    "no_id": say('{"items": [{"id": "", "wrapped": "AAAA"}]}'),
    "too_long": say(json.dumps({"items": [{"id": "1", "wrapped": "A" * 8000}]})),
    "short_key": say('{"items": [{"key": "AAAA"}]}'),
    "no_keys": say('{"keys": []}'),
    "no_time": say('{"keys": [{"id": "1", "made": "yesterday"}]}'),
}


if __name__ == "__main__":
    main(Path(sys.argv[1]), "".join(sys.argv[2:]))
