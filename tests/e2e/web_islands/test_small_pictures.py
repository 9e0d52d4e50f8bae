"""Small pictures beside the pointer: two strips come at once, each picture has its own time, and where nothing was recorded there is none."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.island_samples import at

pytestmark = pytest.mark.browser

QUARTER = f"?wf={at('21:00:00')}&wt={at('21:15:00')}".replace("+", "%2B")
TIMES = ["21:00:00", "21:03:00", "21:06:00", "21:10:30", "21:13:00"]
_SHADE = "() => document.querySelector('.mp-peek-picture').getContext('2d').getImageData(30, 30, 1, 1).data[0]"

TAP = """(canvas, [clientX, clientY]) => {
  canvas.setPointerCapture = () => {};
  for (const type of ["pointerdown", "pointerup", "pointerleave"])
    canvas.dispatchEvent(new PointerEvent(type, { pointerId: 7, pointerType: "touch", button: 0, clientX, clientY, bubbles: type !== "pointerleave" }));
}"""
GO = "(host, at) => host.dispatchEvent(new CustomEvent('mp:go', { detail: { at: Date.parse(at) } }))"


def shade(place: int) -> int:
    return 40 + 40 * place


def strip(route: Route) -> None:
    """Answer as the service does: a row of pictures, here each of one shade of grey."""
    sheet = np.zeros((108, 6 * 192), np.uint8)
    for place in range(len(TIMES)):
        sheet[:, place * 192 : (place + 1) * 192] = shade(place)
    headers = {
        "Frame-Times": ",".join(at(time) for time in TIMES),
        "Frame-Size": "192x108",
        "Frame-Columns": "6",
        "Content-Type": "image/jpeg",
    }
    route.fulfill(status=200, headers=headers, body=cv2.imencode(".jpg", sheet)[1].tobytes())


def until(page: Page, held: list[Route], count: int) -> None:
    for _ in range(200):
        if len(held) >= count:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{len(held)} of {count} strips were asked for")


def test_two_come_at_once_and_each_picture_has_its_own_time(opened: Callable[..., Page]) -> None:
    page = opened("strips", QUARTER)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/strip/*", hold)
    box = page.locator(".mp-lanes").bounding_box()
    assert box is not None

    def point(lane: int, minutes: float) -> None:
        page.mouse.move(box["x"] + box["width"] * minutes / 15, box["y"] + 30 + 46 * lane + 30)

    figure = page.locator(".mp-peek")
    assert held == []  # nothing before somebody looks
    for lane in range(3):
        point(lane, 2)
    until(page, held, 2)
    page.wait_for_timeout(200)
    assert [route.request.url[-1] for route in held] == ["0", "1"]
    strip(held[0])
    until(page, held, 3)
    for route in held[1:]:
        strip(route)
    figure.wait_for()
    for lane, minutes, place in ((2, 2, 1), (0, 4.4, 1), (0, 4.6, 2), (1, 14.9, 4)):
        point(lane, minutes)
        expect(figure.locator("figcaption")).to_have_text(f"C00{lane}: hình lúc {TIMES[place]} ngày 07/03/2026")
        assert abs(page.evaluate(_SHADE) - shade(place)) <= 3
    point(2, 7)  # nothing was recorded then, though a picture is near
    expect(figure).to_be_hidden()
    assert len(held) == 3


def test_a_picture_goes_when_the_pointer_or_the_playhead_goes_on(opened: Callable[..., Page]) -> None:
    page = opened("strips", QUARTER)
    page.route("**/strip/*", strip)
    lanes, figure = page.locator(".mp-lanes"), page.locator(".mp-peek")
    box = lanes.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] * 4.4 / 15, box["y"] + 30 + 46 + 30
    told = "C001: hình lúc 21:03:00 ngày 07/03/2026"

    def tap() -> None:
        """As a finger does: it is lifted, and so is nowhere afterwards."""
        lanes.evaluate(TAP, [x, y])
        expect(figure.locator("figcaption")).to_have_text(told)
        expect(figure.get_by_role("button")).to_be_visible()

    page.mouse.click(x, y)
    expect(figure.locator("figcaption")).to_have_text(told)
    expect(figure.get_by_role("button")).to_have_count(0)  # a mouse has only to leave
    page.mouse.move(x, box["y"] + box["height"] + 200)
    expect(figure).to_be_hidden()
    tap()
    figure.get_by_role("button", name="Đóng hình nhỏ").click()
    expect(figure).to_be_hidden()
    tap()
    page.locator("h1, body").first.dispatch_event("pointerdown")  # something else is pressed
    expect(figure).to_be_hidden()
    tap()
    page.locator(".mp-typed").evaluate("field => field.focus({ preventScroll: true })")
    page.locator(".mp-typed").fill("21:12:00")
    page.keyboard.press("Enter")
    expect(page.locator(".mp-clock")).to_contain_text("21:12:00")
    expect(figure).to_be_hidden()
    tap()
    page.locator("[data-mp-timeline]").evaluate(GO, at("21:13:00"))  # what plays goes on
    expect(figure).to_be_hidden()
