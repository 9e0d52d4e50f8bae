"""A browser without JavaScript: it keeps cookies as a browser does on this machine, follows redirects, fills forms in."""

import html
import re
from dataclasses import dataclass, field
from typing import Any

import httpx


@dataclass
class Browser:
    """Opens pages of one application at `address`, as if from `source` when the application is called in this process."""

    client: httpx.Client
    cookies: dict[str, str] = field(default_factory=dict)
    page: str = ""
    status: int = 0
    place: str = ""
    policy: str = ""

    def open(self, path: str, **headers: str) -> "Browser":
        return self._ask("GET", path, headers={"Accept": "text/html", **headers})

    def send(
        self,
        action: str,
        *,
        token: str | None = None,
        headers: dict[str, str] | None = None,
        file: tuple[str, bytes] | None = None,
        files: dict[str, tuple[str, bytes]] | None = None,
        **fields: str | list[str],
    ) -> "Browser":
        """Fill in the form of the present page that goes to `action`; `token` in place of what it carries, `file` its name and bytes,
        `files` such by the field."""
        forms = re.findall(rf'<form [^>]*action="{re.escape(action)}".*?</form>', self.page, re.DOTALL)
        form = next((one for one in forms if "form_token" in one), "")  # others that go there ask, and change nothing
        found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form)
        hidden = {name: html.unescape(value) for name, value in found}
        if token is not None:
            hidden["form_token"] = token
        # Fetch, section 3.2: under the policy "no-referrer" a form comes from nowhere.
        origin = "null" if self.policy == "no-referrer" else str(self.client.base_url).rstrip("/")
        fields_of_page = {"Origin": origin, "Sec-Fetch-Site": "same-origin"}
        sent = files or ({} if file is None else {"file": file})
        more = {"files": sent} if sent else {}
        return self._ask("POST", action, data=hidden | fields, headers=fields_of_page | (headers or {}), **more)

    def hidden(self, name: str) -> str:
        """Return what a hidden field of the present page carries."""
        found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', self.page)
        return html.unescape(found[1]) if found else ""

    def _ask(self, method: str, path: str, **more: Any) -> "Browser":
        for _ in range(5):
            more["headers"] = {
                **more.get("headers", {}),
                "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()),
            }
            answer = self.client.request(method, path, **more)
            self._keep(answer)
            self.page, self.status, self.place = answer.text, answer.status_code, path
            self.policy = answer.headers.get("referrer-policy", "")
            if answer.status_code != 303 or not answer.headers["location"].startswith("/"):
                self.left_for = answer.headers.get("location", "")
                return self
            method, path, more = "GET", answer.headers["location"], {"headers": {"Accept": "text/html"}}
        raise AssertionError(f"redirected for ever at {path}")

    def _keep(self, answer: httpx.Response) -> None:
        for line in answer.headers.get_list("set-cookie"):
            name, value = line.split(";")[0].split("=", 1)
            flags = {part.strip().lower() for part in line.split(";")[1:]}
            assert name.startswith("__Host-"), line
            assert {"secure", "httponly", "path=/", "samesite=lax"} <= flags, line
            assert not any(flag.startswith("domain") for flag in flags), line
            if "max-age=0" in flags:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value.strip('"')
