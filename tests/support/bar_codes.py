"""What tiles have on display: the bar codes of the frames, read from a canvas, which say themselves when they were taken."""

from collections.abc import Mapping
from typing import Any

from sample_clips import barcode

ON_DISPLAY = """() => {
  const player = document.querySelector("[data-mp-tiles]").mpTiles;
  const codes = {};
  for (const tile of player.tiles) {
    const video = tile.video;
    if (tile.element.dataset.state !== "picture" || !video.videoWidth) continue;
    window.paper ??= new OffscreenCanvas(512, 8).getContext("2d", { willReadFrequently: true });
    window.paper.drawImage(video, 0, 0, 512, 8, 0, 0, 512, 8);
    const pixels = window.paper.getImageData(0, 0, 512, 8).data;
    let code = "";
    for (let bit = 0; bit < 64; bit++) {
      let sum = 0;
      for (let y = 2; y < 6; y++) for (let x = bit * 8 + 2; x < bit * 8 + 6; x++) sum += pixels[4 * (y * 512 + x)];
      code += sum / 16 > 128 ? "1" : "0";
    }
    codes[tile.code] = code;
  }
  return { codes, clock: player.clock.now(), running: player.clock.running };
}"""
"""A script for a page with tiles; `clock` is their master's, in milliseconds since 1970."""
GO = """(at) => document.querySelector("[data-mp-tiles]").dispatchEvent(new CustomEvent("mp:go", { detail: { at } }))"""
"""A script that sends the tiles to an instant, in milliseconds since 1970."""


def instants(told: Mapping[str, Any]) -> dict[str, int]:
    """Return when the frames on display were taken, in milliseconds since 1970, by camera; what cannot be read is left out."""
    found = {}
    for code, bits in told["codes"].items():
        at, check = int(bits, 2) >> 16, int(bits, 2) & 0xFFFF
        if barcode.crc16(at.to_bytes(6, "big")) == check:
            found[code] = at
    return found
