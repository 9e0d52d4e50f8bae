/** Strips of small pictures, one a lane: fetched when a lane is first touched, few at a time, kept while the page is open. */

import { instant } from "../wall.js";

const MOST_IN_FLIGHT = 2;
/** A machine that was busy is asked again no sooner. */
const AGAIN_MS = 5000;

/** @typedef {{url: string, from: number, to: number}} Source where a lane's strip comes from and what it may show
 * @typedef {{sheet: ImageBitmap, times: number[], columns: number, width: number, height: number}} Sheet
 * @typedef {{sheet: Sheet, place: number, at: number}} Picture `at` is when it was taken */

export class Strips extends EventTarget {
  constructor() {
    super();
    /** @type {Map<string, Sheet | "coming" | "never" | number>} by address; a number is when to ask again */
    this.known = new Map();
    /** @type {string[]} */
    this.waiting = [];
    this.flying = 0;
  }

  /** Return the picture that was taken nearest to `at`, or null; then it comes, and `come` is told.
   * @param {Source} source
   * @param {number} at
   * @returns {Picture | null} */
  near(source, at) {
    const sheet = this.known.get(source.url);
    if (sheet === undefined || (typeof sheet === "number" && sheet <= performance.now())) this.want(source.url);
    if (typeof sheet !== "object") return null;
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
    this.next();
  }

  next() {
    const url = this.flying < MOST_IN_FLIGHT ? this.waiting.pop() : undefined; // the lane touched last is the one looked at
    if (url === undefined) return;
    this.flying += 1;
    fetched(url)
      .then((found) => this.known.set(url, found))
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
