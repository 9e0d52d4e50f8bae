"""An address that takes checkpoints by HTTP POST, as plain text, and answers 2xx when it keeps one, 409 when it keeps another."""

import base64
import http.client
import urllib.error
import urllib.request
from urllib.parse import SplitResult, unquote

from audit.witnesses.port import WAIT_S, WitnessDisagrees, WitnessSilent, receipt_of

_MOST_ANSWER = 4096


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A witness that is elsewhere is named by its own address: nothing is sent where nobody said."""

    def redirect_request(self, *_: object) -> None:
        return None


class WebWitness:
    """`address` is https, or http on loopback; user and password in it are sent as Basic."""

    def __init__(self, address: SplitResult, every_us: int) -> None:
        host = address.netloc.rpartition("@")[2]
        self.name = f"{address.scheme}://{host}{address.path}"
        self.every_us = every_us
        self._url = address._replace(netloc=host, fragment="").geturl()
        self._headers = {"Content-Type": "text/plain; charset=utf-8", "User-Agent": "matpho"}
        if address.username:
            secret = f"{unquote(address.username)}:{unquote(address.password or '')}".encode()
            self._headers["Authorization"] = f"Basic {base64.b64encode(secret).decode()}"
        self._opener = urllib.request.build_opener(_NoRedirect)

    def tell(self, size: int, note: str) -> str:
        """Post the checkpoint. Raises as the port says."""
        request = urllib.request.Request(self._url, note.encode(), self._headers)  # noqa: S310 - as above
        try:
            with self._opener.open(request, timeout=WAIT_S) as answer:
                # One read, not a loop: whoever answers a byte now and then cannot hold us.
                said = answer.read1(_MOST_ANSWER).decode("utf-8", "replace")
                return receipt_of(f"{answer.status} {said.partition(chr(10))[0]}")
        except urllib.error.HTTPError as error:
            with error:
                if error.code == http.client.CONFLICT:
                    raise WitnessDisagrees(witness=self.name, size=size) from error
                raise WitnessSilent(witness=self.name, why=receipt_of(f"HTTP {error.code} {error.reason}")) from error
        except (OSError, http.client.HTTPException, ValueError) as error:
            why = receipt_of(str(getattr(error, "reason", "") or error)) or type(error).__name__
            raise WitnessSilent(witness=self.name, why=why) from error
