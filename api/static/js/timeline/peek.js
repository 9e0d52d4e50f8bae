/** A small picture beside the pointer or the playhead: what the camera of that lane showed near that moment, with its own time. */

import { fill, make } from "../dom.js";
import { AXIS, LANE } from "./draw.js";
import { firstAfter } from "./model.js";
import { Strips, finer } from "./strips.js";

/** A finer strip is asked for when window and pointer have rested so long: turning a wheel is no reason for one at each tick. */
const REST_MS = 400;

/** @typedef {import("./model.js").Model} Model
 * @typedef {{model: Model, wall: import("../wall.js").Wall, texts: Record<string, string>, scroller: HTMLElement, canvas: HTMLElement}} Parts */

export class Peek {
  /** @param {Parts} parts */
  constructor(parts) {
    this.parts = parts;
    this.strips = new Strips();
    this.lane = Math.max(0, parts.model.lanes.findIndex((lane) => lane.strip !== null));
    /** @type {{at: number, pointer: boolean} | null} what is wanted now; it may still be on its way */
    this.wanted = null;
    /** Whether a mouse was last to choose: its picture goes when it leaves. A finger leaves at once, and has a button. */
    this.mouse = false;
    /** The finer strip about what is wanted, and that for which it was waited long enough. */
    this.nearby = { url: "", rested: "", timer: 0 };
    this.paper = make("canvas", { class: "mp-peek-picture", role: "img" });
    this.words = make("figcaption");
    this.close = make("button", { type: "button", class: "mp-peek-close", "aria-label": parts.texts.peek_close ?? "", hidden: true }, "×");
    this.close.addEventListener("click", () => {
      this.hide();
      parts.scroller.focus({ preventScroll: true }); // what had the focus is gone
    });
    this.figure = make("figure", { class: "mp-peek", hidden: true }, this.paper, this.words, this.close);
    this.said = make("p", { class: "mp-unseen", role: "status" });
    this.strips.addEventListener("come", () => this.draw());
    parts.model.addEventListener("window", () => {
      clearTimeout(this.nearby.timer);
      this.nearby.url = "";
      this.draw();
    });
    parts.model.addEventListener("lanes", () => this.hide());
    parts.model.addEventListener("head", (event) => {
      if (/** @type {CustomEvent} */ (event).detail === "person") this.head();
      else if (!this.wanted?.pointer) this.hide();
    });
    parts.scroller.addEventListener("scroll", () => this.draw());
    document.addEventListener("pointerdown", (event) => {
      const on = /** @type {Node} */ (event.target);
      if (!parts.scroller.contains(on) && !this.figure.contains(on)) this.hide();
    });
  }

  get any() {
    return this.parts.model.lanes.some((lane) => lane.strip !== null);
  }

  /** The pointer is over a lane, or over none.
   * @param {number | null} at
   * @param {number} [lane] */
  over(at, lane) {
    if (at === null || lane === undefined) {
      if (this.wanted?.pointer) this.hide();
      return;
    }
    this.lane = lane;
    this.wanted = { at, pointer: true };
    this.draw();
  }

  /** Show the picture at the playhead, when it was moved with the timeline and not by what plays. */
  head() {
    const { scroller, model } = this.parts;
    const focus = document.activeElement;
    const host = scroller.closest("[data-mp-timeline]");
    if (focus !== scroller && !(focus?.matches(".mp-slider") && host?.contains(focus))) {
      if (!this.wanted?.pointer) this.hide(); // it would go on telling the time that was left
      return;
    }
    this.wanted = { at: model.at, pointer: this.mouse };
    this.draw();
  }

  /** Choose the lane above or below that has pictures.
   * @param {1 | -1} way
   * @returns {boolean} whether there is one */
  choose(way) {
    const { lanes } = this.parts.model;
    for (let n = this.lane + way; n >= 0 && n < lanes.length; n += way) {
      if (!lanes[n]?.strip) continue;
      this.lane = n;
      this.head();
      return true;
    }
    return false;
  }

  /** @returns {boolean} whether there was something to hide */
  hide() {
    const was = !this.figure.hidden;
    clearTimeout(this.nearby.timer);
    this.nearby.url = "";
    this.wanted = null;
    this.figure.hidden = true;
    return was;
  }

  /** Return the picture taken nearest to `at`: of a finer strip once it is there, until then of that of the whole range.
   * @param {import("./strips.js").Source} source
   * @param {number} at */
  nearest(source, at) {
    const { model, wall } = this.parts;
    const whole = this.strips.near(source, at);
    const part = finer(source, model.window.to - model.window.from, at, wall);
    if (!part) return whole;
    const { nearby } = this;
    if (nearby.url !== part.url) {
      clearTimeout(nearby.timer);
      nearby.url = part.url;
      nearby.timer = setTimeout(() => {
        nearby.rested = part.url;
        this.draw();
      }, REST_MS);
    }
    const fine = this.strips.near(part, at, nearby.rested === part.url);
    return fine && (!whole || Math.abs(fine.at - at) <= Math.abs(whole.at - at)) ? fine : whole;
  }

  draw() {
    const { model, wall, texts } = this.parts;
    const lane = model.lanes[this.lane];
    const found = this.wanted && lane?.strip && recordedAt(lane, this.wanted.at) ? this.nearest(lane.strip, this.wanted.at) : null;
    this.figure.hidden = !found || !this.place();
    this.close.hidden = this.wanted?.pointer ?? true;
    if (!found || !lane || this.figure.hidden) return;
    const { sheet, place } = found;
    if (this.paper.width !== sheet.width) this.paper.width = sheet.width;
    if (this.paper.height !== sheet.height) this.paper.height = sheet.height;
    const [left, top] = [(place % sheet.columns) * sheet.width, Math.floor(place / sheet.columns) * sheet.height];
    this.paper.getContext("2d")?.drawImage(sheet.sheet, left, top, sheet.width, sheet.height, 0, 0, sheet.width, sheet.height);
    // Its own time, not that of the pointer: between two key frames there is no picture of that moment here.
    const words = fill(texts.peek, { camera: lane.code, time: wall.time(found.at), date: wall.date(found.at) });
    if (this.words.textContent !== words) this.words.textContent = words;
    this.paper.setAttribute("aria-label", words);
    this.figure.dataset.at = String(found.at);
    if (!this.wanted?.pointer && this.said.textContent !== words) this.said.textContent = words;
  }

  /** Put the figure above its lane; tell whether the lane is on display. */
  place() {
    const { model, scroller, canvas } = this.parts;
    const at = this.wanted?.at ?? NaN;
    const { from, to } = model.window;
    const top = AXIS + this.lane * LANE - scroller.scrollTop;
    if (!(at >= from && at <= to) || top < 0 || top > scroller.clientHeight) return false;
    const x = ((at - from) / (to - from)) * canvas.clientWidth;
    this.figure.style.bottom = `${scroller.offsetHeight - top}px`;
    this.figure.style.left = `${Math.max(0, Math.min(x - 100, canvas.clientWidth - 204))}px`;
    return true;
  }
}

/** @param {import("./model.js").Lane} lane
 * @param {number} at */
function recordedAt(lane, at) {
  const one = lane.recorded[firstAfter(lane.recorded, at)];
  return one !== undefined && one.from <= at && lane.strip !== null && at >= lane.strip.from && at < lane.strip.to;
}
