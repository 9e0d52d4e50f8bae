"""Signing in to a camera: basic (RFC 7617) and digest (RFC 7616, and RFC 2069 where a camera offers no `qop`). Pure."""

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field

_SCHEME = re.compile(r"(?:^|,)\s*(basic|digest)\s+", re.IGNORECASE)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_ESCAPED = re.compile(r"\\(.)")
_FIELD = re.compile(r'([a-zA-Z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_HASHES: dict[str, Callable[[bytes], "hashlib._Hash"]] = {
    "SHA-256": hashlib.sha256,
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False),  # the camera's choice; TLS is what protects
}
_STRENGTH = ("SHA-256", "MD5")
_MOST_STALE = 3


@dataclass(frozen=True)
class Challenge:
    """One way to sign in that the camera offers."""

    scheme: str
    fields: dict[str, str]

    @property
    def algorithm(self) -> str:
        return self.fields.get("algorithm", "MD5").upper()


def challenges(header: str) -> list[Challenge]:
    """Return what a WWW-Authenticate header offers, the strongest first; what nobody here speaks is left out."""
    marks = list(_SCHEME.finditer(_QUOTED.sub(lambda text: '"' * len(text[0]), header)))
    found = []
    ends = [*(mark.start() for mark in marks), len(header)][1:]
    for mark, end in zip(marks, ends, strict=True):
        part = header[mark.end() : end]
        fields = {name.lower(): _ESCAPED.sub(r"\1", quoted) or bare for name, quoted, bare in _FIELD.findall(part)}
        found.append(Challenge(mark[1].lower(), fields))
    known = [one for one in found if one.scheme == "basic" or (one.algorithm in _HASHES and "nonce" in one.fields)]
    return sorted(known, key=_weakness)


def _weakness(one: Challenge) -> int:
    return len(_STRENGTH) if one.scheme == "basic" else _STRENGTH.index(one.algorithm)


@dataclass
class SignIn:
    """Answers for one connection. `cnonce` is fresh for each; it never shows the password, not even in its repr."""

    user: str
    password: str = field(repr=False)
    cnonce: str = field(repr=False)
    challenge: Challenge | None = None
    count: int = 0
    stale: int = 0
    """How often in a row the camera has said that only its nonce was stale."""

    def take(self, header: str) -> bool:
        """Take up the strongest offer; return whether trying again is worth it.

        An offer in answer to the first use of the one before means that the password is wrong, whatever its nonce: many
        cameras make a new one each time. It is only stale if they say so; after later uses it may be, unsaid.
        """
        offered = challenges(header)
        if not offered:
            return False
        best, before = offered[0], self.challenge
        old = best.fields.get("stale", "").lower() == "true"
        fresh = self.count != 1 and (before is None or before.fields.get("nonce") != best.fields.get("nonce"))
        self.stale = self.stale + 1 if old and self.count <= 1 else 0
        self.challenge, self.count = best, 0
        return fresh or (old and self.stale <= _MOST_STALE)

    def header(self, method: str, uri: str) -> str | None:
        """Return the Authorization header for a request, None before the camera asked for one."""
        if self.challenge is None:
            return None
        if self.challenge.scheme == "basic":
            return "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        self.count += 1
        return self._digest(self.challenge, method, uri)

    def _digest(self, offer: Challenge, method: str, uri: str) -> str:
        def digest(text: str) -> str:
            return _HASHES[offer.algorithm](text.encode()).hexdigest()

        realm, nonce = offer.fields.get("realm", ""), offer.fields["nonce"]
        secret = digest(f"{self.user}:{realm}:{self.password}")
        asked = digest(f"{method}:{uri}")
        told = {"username": self.user, "realm": realm, "nonce": nonce, "uri": uri}
        bare: dict[str, str] = {}
        if "auth" in [word.strip() for word in offer.fields.get("qop", "").split(",")]:
            count = f"{self.count:08x}"
            told |= {"cnonce": self.cnonce}
            bare |= {"qop": "auth", "nc": count}
            answer = digest(f"{secret}:{nonce}:{count}:{self.cnonce}:auth:{asked}")
        else:
            answer = digest(f"{secret}:{nonce}:{asked}")
        told |= {"response": answer} | ({"opaque": offer.fields["opaque"]} if "opaque" in offer.fields else {})
        if "algorithm" in offer.fields:
            bare |= {"algorithm": offer.fields["algorithm"]}
        parts = [f'{name}="{_quoted(value)}"' for name, value in told.items()]
        return "Digest " + ", ".join(parts + [f"{name}={value}" for name, value in bare.items()])


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
