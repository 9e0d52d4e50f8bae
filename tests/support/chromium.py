"""A real browser that plays a clip and tells what it shows."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Page, sync_playwright

_WATCH = """async ({address, at, toTheEnd, cell, cells}) => {
  const video = document.createElement("video");
  video.muted = true;
  video.preload = "metadata";
  video.src = address;
  document.body.append(video);
  const come = (name) => new Promise((resolve, reject) => {
    video.addEventListener(name, resolve, {once: true});
    video.addEventListener("error", () => reject(new Error(video.error.message)), {once: true});
  });
  await come("loadedmetadata");
  const duration = video.duration;
  const seeked = come("seeked");
  video.currentTime = at < 0 ? duration + at : at;
  await seeked;
  if (toTheEnd) {
    const ended = come("ended");
    await video.play();
    await ended;
  }
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  const paper = canvas.getContext("2d");
  paper.drawImage(video, 0, 0);
  const pixels = paper.getImageData(0, 0, canvas.width, cell).data;
  let code = "";
  for (let bit = 0; bit < cells; bit++) {
    let sum = 0;
    for (let y = 2; y < cell - 2; y++)
      for (let x = bit * cell + 2; x < (bit + 1) * cell - 2; x++) sum += pixels[4 * (y * canvas.width + x)];
    code += sum / ((cell - 4) * (cell - 4)) > 128 ? "1" : "0";
  }
  return {code, duration, at: video.currentTime};
}"""


@dataclass(frozen=True)
class Shown:
    """The cells of the bar code on display, as bits, first cell first; where the player stands, and the clip's length."""

    code: str
    at_s: float
    duration_s: float


@contextmanager
def chromium() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


def watch(page: Page, address: str, at_s: float, *, cells: int, cell: int = 8, to_the_end: bool = False) -> Shown:
    """Play `address` at `at_s`, negative from the end, and read what is shown; with `to_the_end` play on until it ends.

    The page must be one of the same origin, or its canvas may not be read.
    """
    asked = {"address": address, "at": at_s, "toTheEnd": to_the_end, "cell": cell, "cells": cells}
    told = page.evaluate(_WATCH, asked)
    return Shown(told["code"], told["at"], told["duration"])
