/** What a timeline shows and where it stands: lanes, window, playhead, in and out. Times are milliseconds since 1970. No page. */

import { DAY, HOUR, MINUTE, SECOND, instant } from "../wall.js";

export const LEAST_WINDOW = 30 * SECOND;

/**
 * @typedef {{from: number, to: number}} Window half-open
 * @typedef {Window & {reach: number}} Span in order of its begin; `reach` is the latest end up to it, for those that overlap
 * @typedef {Span & {doubt: number | null}} Run doubt in milliseconds either way; null when nobody knows
 * @typedef {Span & {text: string, reason: string}} Gap
 * @typedef {Span & {text: string}} Hold
 * @typedef {{code: string, name: string, recorded: Span[], runs: Run[], gaps: Gap[], holds: Hold[], strip: {url: string, from: number, to: number} | null}} Lane
 */

/** Return lanes as the API tells timelines: `camera` or `code`, `runs`, `gaps`, and `holds`.
 * @param {any[]} told
 * @returns {Lane[]} */
export function lanesOf(told) {
  const span = (/** @type {any} */ one) => ({ from: instant(one.from), to: instant(one.to) });
  const inOrder = (/** @type {any[] | undefined} */ all, /** @type {(one: any) => any} */ more) => {
    const found = (all ?? []).map((one) => ({ ...span(one), ...more(one) })).sort((a, b) => a.from - b.from);
    let reach = -Infinity;
    for (const one of found) one.reach = reach = Math.max(reach, one.to);
    return found;
  };
  return told.map((lane) => ({
    code: lane.code ?? lane.camera,
    name: lane.name ?? lane.code ?? lane.camera,
    recorded: merged(inOrder(lane.recorded ?? lane.runs, () => ({}))),
    runs: inOrder(lane.runs ?? lane.recorded, (run) => ({ doubt: run.uncertainty_us == null ? null : run.uncertainty_us / 1000 })),
    gaps: inOrder(lane.gaps, (gap) => ({ text: gap.text ?? "", reason: gap.reason ?? "" })),
    holds: inOrder(lane.holds, (hold) => ({ text: hold.text ?? "" })),
    strip: lane.strip ? { ...span(lane.strip), url: String(lane.strip.url) } : null,
  }));
}

/** Two streams of a camera record at the same time; what is recorded is either.
 * @param {Span[]} spans
 * @returns {Span[]} */
function merged(spans) {
  /** @type {Span[]} */
  const found = [];
  for (const one of spans) {
    const before = found.at(-1);
    if (before && one.from <= before.to) before.to = before.reach = Math.max(before.to, one.to);
    else found.push({ ...one });
  }
  return found;
}

/** Return a number before which no span ends after `at`; where spans do not overlap it is that of the first that does.
 * @param {Span[]} spans
 * @param {number} at */
export function firstAfter(spans, at) {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (/** @type {Span} */ (spans[middle]).reach > at) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Steps between lines of the axis. */
const STEPS = [1, 2, 5, 10, 15, 30].map((n) => n * SECOND).concat([1, 2, 5, 10, 15, 30].map((n) => n * MINUTE), [1, 2, 3, 6, 12].map((n) => n * HOUR), DAY);

/** Return the least step that leaves `room` pixels between two lines.
 * @param {number} perPixel milliseconds
 * @param {number} room */
export function stepFor(perPixel, room) {
  return STEPS.find((step) => step / perPixel >= room) ?? Math.ceil((room * perPixel) / DAY) * DAY;
}

export class Model extends EventTarget {
  /** @param {Window} extent all that can be looked at
   * @param {Lane[]} lanes
   * @param {number | null} now */
  constructor(extent, lanes, now) {
    super();
    this.extent = extent;
    this.lanes = lanes;
    this.now = now;
    this.window = { ...extent };
    this.at = extent.from;
    /** Where the playhead was before a person last moved it. */
    this.before = extent.from;
    /** @type {number | null} */
    this.in = null;
    /** @type {number | null} */
    this.out = null;
  }

  /** @param {string} what
   * @param {string} by person, clock or link */
  tell(what, by) {
    this.dispatchEvent(new CustomEvent(what, { detail: by }));
  }

  /** @param {number} at */
  clamp(at) {
    return Math.min(Math.max(at, this.extent.from), this.extent.to);
  }

  /** Move the playhead; the window follows when it would be left behind.
   * @param {number} at
   * @param {string} by */
  go(at, by = "person") {
    const to = this.clamp(at);
    if (to === this.at) return;
    if (by === "person") this.before = this.at;
    this.at = to;
    const { from, to: end } = this.window;
    if (to < from || to >= end) this.look(to - (end - from) * (by === "clock" ? 0.05 : 0.5), end - from);
    this.tell("head", by);
  }

  /** Show `length` from `from` on, within the extent.
   * @param {number} from
   * @param {number} length */
  look(from, length) {
    const whole = this.extent.to - this.extent.from;
    const size = Math.min(Math.max(length, Math.min(LEAST_WINDOW, whole)), whole);
    const begin = Math.min(Math.max(from, this.extent.from), this.extent.to - size);
    if (begin === this.window.from && begin + size === this.window.to) return;
    this.window = { from: begin, to: begin + size };
    this.tell("window", "person");
  }

  /** Zoom by `factor` (below 1: nearer) so that `about` stays where it is.
   * @param {number} factor
   * @param {number} about */
  zoom(factor, about) {
    const { from, to } = this.window;
    const whole = this.extent.to - this.extent.from;
    const size = Math.min(Math.max((to - from) * factor, Math.min(LEAST_WINDOW, whole)), whole);
    this.look(about - ((about - from) / (to - from)) * size, size);
  }

  /** Mark begin and end of what is wanted. Returns false, and changes nothing, when the end would not be behind the begin.
   * @param {number | null} begin
   * @param {number | null} end
   * @param {string} by */
  mark(begin, end, by = "person") {
    if (begin !== null && end !== null && end <= begin) return false;
    if (begin === this.in && end === this.out) return true;
    this.in = begin;
    this.out = end;
    this.tell("range", by);
    return true;
  }

  /** Return how many lanes have footage at the playhead. */
  withFootage() {
    const here = (/** @type {Lane} */ lane) => {
      const one = lane.recorded[firstAfter(lane.recorded, this.at)];
      return one !== undefined && one.from <= this.at;
    };
    return this.lanes.filter(here).length;
  }

  /** Return the nearest gap that begins after (or before) the playhead on any lane.
   * @param {1 | -1} way
   * @returns {{lane: Lane, gap: Gap} | null} */
  gapBeside(way) {
    let best = null;
    for (const lane of this.lanes) {
      let n = firstAfter(lane.gaps, this.at);
      if (way > 0) while (n < lane.gaps.length && /** @type {Gap} */ (lane.gaps[n]).from <= this.at) n++;
      else {
        n = Math.min(n, lane.gaps.length - 1);
        while (n >= 0 && /** @type {Gap} */ (lane.gaps[n]).from >= this.at) n--;
      }
      const gap = lane.gaps[n];
      if (gap && (!best || (gap.from - best.gap.from) * way < 0)) best = { lane, gap };
    }
    return best;
  }
}
