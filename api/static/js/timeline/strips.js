/** Strips of small pictures, one a lane and finer ones of parts: fetched when they are looked for, few at a time, kept while the page is open. */

import { HOUR, MINUTE, instant } from "../wall.js";

const MOST_IN_FLIGHT = 2;
/** What waits for its turn longer than this many others is not looked at any more. */
const MOST_WAITING = 8;
/** A sheet takes two megabytes of memory; the one looked at longest ago goes, and the browser's cache may have it still. */
const MOST_KEPT = 40;
/** A finer strip shows one of these, which begin at full multiples: whoever looks there again, also a colleague, asks for the same. */
const WIDTHS = [MINUTE, 4 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR];
/** A machine that was busy is asked again no sooner. */
const AGAIN_MS = 5000;

/** @typedef {{url: string, from: number, to: number}} Source where a lane's strip comes from and what it may show
 * @typedef {{sheet: ImageBitmap, times: number[], columns: number, width: number, height: number}} Sheet
 * @typedef {{sheet: Sheet, place: number, at: number}} Picture `at` is when it was taken */

/** Return a strip of the part about `at` that is finer than `source`, for a window of this width; null when none is. It lies within `source`.
 * @param {Source} source
 * @param {number} width
 * @param {number} at
 * @param {import("../wall.js").Wall} wall
 * @returns {Source | null} */
export function finer(source, width, at, wall) {
  const cell = WIDTHS.find((one) => 2 * one >= width);
  if (!cell || 2 * cell > source.to - source.from) return null;
  const begin = Math.floor(at / cell) * cell;
  const [from, to] = [Math.max(begin, source.from), Math.min(begin + cell, source.to)];
  const url = new URL(source.url, location.href);
  // Its own ends stay as the page wrote them: they may be finer than our milliseconds, and nothing beyond them may be asked for.
  if (from > source.from) url.searchParams.set("from", wall.iso(from));
  if (to < source.to) url.searchParams.set("to", wall.iso(to));
  return { url: url.pathname + url.search, from, to };
}

export class Strips extends EventTarget {
  constructor() {
    super();
    /** @type {Map<string, Sheet | "coming" | "never" | number>} by address; a number is when to ask again */
    this.known = new Map();
    /** @type {string[]} */
    this.waiting = [];
    this.flying = 0;
  }

  /** Return the picture that was taken nearest to `at`, or null; then it comes, if it is to, and `come` is told.
   * @param {Source} source
   * @param {number} at
   * @param {boolean} [ask]
   * @returns {Picture | null} */
  near(source, at, ask = true) {
    const sheet = this.known.get(source.url);
    if (ask && (sheet === undefined || (typeof sheet === "number" && sheet <= performance.now()))) this.want(source.url);
    if (typeof sheet !== "object") return null;
    this.known.delete(source.url);
    this.known.set(source.url, sheet); // the last of all, as the one looked at last
    let best = 0;
    sheet.times.forEach((one, n) => {
      if (Math.abs(one - at) < Math.abs(/** @type {number} */ (sheet.times[best]) - at)) best = n;
    });
    return { sheet, place: best, at: /** @type {number} */ (sheet.times[best]) };
  }

  /** @param {string} url */
  want(url) {
    this.known.set(url, "coming");
    this.waiting.push(url);
    if (this.waiting.length > MOST_WAITING) this.known.delete(this.waiting.shift() ?? "");
    this.next();
  }

  /** @param {string} url
   * @param {Sheet | "never" | number} found */
  keep(url, found) {
    this.known.set(url, found);
    const kept = [...this.known].filter(([, one]) => typeof one === "object");
    for (const [old, sheet] of kept.slice(0, Math.max(0, kept.length - MOST_KEPT))) {
      /** @type {Sheet} */ (sheet).sheet.close();
      this.known.delete(old);
    }
  }

  next() {
    const url = this.flying < MOST_IN_FLIGHT ? this.waiting.pop() : undefined; // the lane touched last is the one looked at
    if (url === undefined) return;
    this.flying += 1;
    fetched(url)
      .then((found) => this.keep(url, found))
      .catch(() => this.known.set(url, performance.now() + AGAIN_MS))
      .finally(() => {
        this.flying -= 1;
        this.dispatchEvent(new Event("come"));
        this.next();
      });
  }
}

/** Return a strip, or that there never will be one: the grant is over, or nothing was recorded.
 * @param {string} url
 * @returns {Promise<Sheet | "never" | number>} */
async function fetched(url) {
  const answer = await fetch(url, { credentials: "same-origin" });
  if (answer.status >= 500) return performance.now() + AGAIN_MS;
  const told = (/** @type {string} */ name) => answer.headers.get(name) ?? "";
  const times = told("Frame-Times").split(",").filter(Boolean).map(instant);
  const [width, height] = told("Frame-Size").split("x").map(Number);
  const columns = Number(told("Frame-Columns"));
  if (!answer.ok || !times.length || !width || !height || !columns) return "never";
  return { sheet: await createImageBitmap(await answer.blob()), times, columns, width, height };
}
