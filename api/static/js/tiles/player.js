/** All tiles and the master clock: plays, waits until every tile has its picture, loops, measures how far the tiles are apart. */

import { Clock } from "./clock.js";

/** A tile that has no picture by then is left behind; it catches up by itself. */
const LONGEST_WAIT_MS = 2000;
const TELL_MS = 100;

export class Player {
  /** @param {import("../timeline/model.js").Model} model
   * @param {import("./tile.js").Tile[]} tiles
   * @param {() => void} changed called when playing, speed or loop change */
  constructor(model, tiles, changed) {
    this.model = model;
    this.tiles = tiles;
    this.changed = changed;
    this.clock = new Clock();
    this.clock.set(model.at);
    this.playing = false;
    this.loop = false;
    this.waiting = 0;
    this.told = 0;
    model.addEventListener("head", (event) => {
      if (/** @type {CustomEvent} */ (event).detail !== "clock") this.moved();
    });
    this.moved();
    const step = () => {
      this.tick();
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  /** The playhead is somewhere else: every tile goes there, and time stands until they have. */
  moved() {
    this.clock.running = false;
    this.clock.set(this.model.at);
    for (const tile of this.tiles) tile.place(this.model.at);
    this.waiting = performance.now();
  }

  /** @param {boolean} playing */
  play(playing) {
    if (playing === this.playing) return;
    this.playing = playing;
    const { at, extent, in: begin, out: end } = this.model;
    if (!playing) this.halt();
    else if (at >= extent.to) this.model.go(extent.from);
    else if (this.loop && begin !== null && end !== null && (at < begin || at >= end)) this.model.go(begin);
    this.waiting = performance.now();
    this.changed();
  }

  /** Play what is marked again and again, and nothing else.
   * @param {boolean} loop */
  repeat(loop) {
    this.loop = loop;
    const { at, in: begin, out: end } = this.model;
    if (loop && begin !== null && end !== null && (at < begin || at >= end)) this.model.go(begin);
    this.changed();
  }

  /** Stand still, all tiles at the same instant. */
  halt() {
    const at = this.clock.now();
    this.clock.running = false;
    this.clock.set(at);
    for (const tile of this.tiles) tile.video.pause();
    this.model.go(at, "clock");
    for (const tile of this.tiles) tile.place(this.model.at);
  }

  /** @param {number} rate */
  speed(rate) {
    this.clock.speed(rate);
    this.changed();
  }

  /** @param {number} by frames; the first tile with a picture says how long one is */
  frame(by) {
    const first = this.tiles.find((tile) => tile.shows() !== null)?.frameBeside(by);
    this.play(false);
    this.model.go(first ?? this.model.at + (by * 1000) / (this.tiles[0]?.fps ?? 25));
  }

  tick() {
    if (this.playing && !this.clock.running) {
      const ready = this.tiles.every((tile) => tile.settled());
      if (ready || performance.now() - this.waiting > LONGEST_WAIT_MS) this.clock.run(true);
    }
    const at = this.clock.now();
    const { extent, in: begin, out: end } = this.model;
    if (this.clock.running && this.loop && begin !== null && end !== null && (at >= end || at < begin)) {
      if (this.model.at === begin) this.moved(); // a part so short that the model has not moved yet
      else this.model.go(begin, "loop");
    } else if (this.clock.running && at >= extent.to) {
      this.clock.set(extent.to);
      this.play(false);
    }
    const loop = this.loop && begin !== null && end !== null ? { from: begin, to: end } : null;
    for (const tile of this.tiles) tile.sound.loop = loop;
    for (const tile of this.tiles) tile.follow(this.clock.now(), this.clock.rate, this.clock.running);
    if (this.clock.running && performance.now() - this.told > TELL_MS) {
      this.told = performance.now();
      this.model.go(this.clock.now(), "clock");
    }
  }

  /** Return how far apart the tiles are, in milliseconds of the wall, and the farthest from the master; null with less than two pictures. */
  spread() {
    const shown = this.tiles.map((tile) => tile.shows()).filter((at) => at !== null);
    const now = this.clock.now();
    if (!shown.length) return { spread: null, drift: null };
    const drift = Math.max(...shown.map((at) => Math.abs(at - now)));
    return { spread: shown.length > 1 ? Math.max(...shown) - Math.min(...shown) : null, drift };
  }
}
