"""What a paper costs as PDF: time, and the most memory that making it takes, for requests of 8 and of 22 cameras.

Beside it Chromium, which prints the same page to PDF, begun anew each time as the press is; that is what one would use instead.
"""

import os
import tempfile
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from playwright.sync_api import Playwright, sync_playwright
from sqlmodel import select

from access import asking
from access.purposes import Purpose
from benchmarks.harness import alternate, ratio, say, spread
from benchmarks.processes import family, pss_mb
from camera_registry.tables import Camera
from foundation.database import unit_of_work
from foundation.identity import Actor
from matpho import demo_ward
from tests.support.databases import sqlite_template
from tests.support.web_town import SPAN, Town, town

RUNS, SIZES = 5, (8, 22)
_LOOK_S = 0.02


def asked(made: Town, count: int) -> str:
    """Return the identifier of a request for `count` cameras of one unit, as many as there are at most."""
    with unit_of_work(made.service.engine) as session:
        known = session.exec(select(Camera.code).order_by(Camera.code)).all()
        codes = tuple(code for code in known if code.startswith("KP05"))[:count]
        actor = Actor("officer", "person", role="officer", unit=demo_ward.WARD)
        who = asking.Applicant(made.person("officer"), actor, lambda _: True)
        ask = asking.Ask(codes, SPAN, Purpose.MISSING_PERSON, f"DÀI-{count}", "Nguyễn Thị Ễ đi bộ. " * 30, None)
        (request,) = asking.draft(session, made.service.clock, who, ask)
        print(f"a request of {len(codes)} cameras")
        return request.id


def printed(playwright: Playwright, address: str, state: Any) -> bytes:
    browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
    page = browser.new_context(storage_state=state, ignore_https_errors=True).new_page()
    page.goto(address)
    made = page.pdf(prefer_css_page_size=True)
    browser.close()
    return made


def peak_mb(work: Callable[[], object]) -> float:
    """Return the most memory in MB that what `work` begins takes together; what processes share is divided among them."""
    before, peaks, done = set(family(os.getpid())), [0.0], threading.Event()

    def look() -> None:
        while not done.wait(_LOOK_S):
            peaks.append(pss_mb([one for one in family(os.getpid()) if one not in before]))

    watch = threading.Thread(target=look)
    watch.start()
    work()
    done.set()
    watch.join()
    return max(peaks)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        scratch = Path(folder)
        with town(sqlite_template(scratch), scratch) as made:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
            context = made.context(browser, "officer")
            state, page = context.storage_state(), context.new_page()
            for count in SIZES:
                address = f"{made.address}/requests/{asked(made, count)}/paper"
                press: Callable[[], bytes] = partial(_fetched, page, f"{address}.pdf")
                other: Callable[[], bytes] = partial(printed, playwright, address, state)
                times = alternate(RUNS, press=press, chromium=other)
                rows = [
                    ("the press", f"{spread(times['press'], 's')}, {len(press()) / 1000:.0f} KB"),
                    ("Chromium", f"{spread(times['chromium'], 's')}, {len(other()) / 1000:.0f} KB"),
                    ("ratio of time", f"{ratio(times['press'], times['chromium']):.2f}"),
                    ("most memory", f"{peak_mb(press):.0f} MB beside {peak_mb(other):.0f} MB"),
                ]
                say(f"a request of {count} cameras as PDF, each made by a process of its own", rows)
            browser.close()


def _fetched(page: Any, address: str) -> bytes:
    answer = page.request.get(address)
    assert answer.status == 200, answer.status
    body: bytes = answer.body()
    return body
