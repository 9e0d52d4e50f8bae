/** The picture of a timeline: an axis and one lane a camera. Only what is on display is drawn, and a run never thinner than a pixel. */

import { make, palette } from "../dom.js";
import { DAY, MINUTE } from "../wall.js";
import { firstAfter, stepFor } from "./model.js";

export const AXIS = 30;
export const LANE = 46;
const NAME = 18;
const BAR = 24;

/** @typedef {{pen: CanvasRenderingContext2D, width: number, height: number, scroll: number, hover: number | null,
 *   colours: Record<string, any>, x: (at: number) => number, widths: Map<string, number>}} Paper */

/** Return the colours of the page as it is now, and the pattern of gaps.
 * @param {HTMLElement} host
 * @returns {Record<string, any>} */
export function coloursOf(host) {
  const read = palette(host);
  const found = {
    ink: read("--ink", "#1b1b1b"),
    soft: read("--ink-soft", "#4d5358"),
    paper: read("--paper", "#ffffff"),
    raised: read("--paper-raised", "#f4f6f8"),
    line: read("--line-soft", "#d5dade"),
    run: read("--mp-run", "#2c7fb8"),
    hold: read("--mp-hold", "#7a4b00"),
    now: read("--mp-now", "#a8071a"),
    head: read("--mp-head", "#1b1b1b"),
    range: read("--mp-range", "#f1a208"),
    hatchLine: read("--hatch", "#8a9096"),
    font: `13px ${getComputedStyle(host).fontFamily}`,
  };
  const tile = make("canvas", { width: 8, height: 8 });
  const pen = /** @type {CanvasRenderingContext2D} */ (tile.getContext("2d"));
  pen.strokeStyle = found.hatchLine;
  pen.lineWidth = 1.4;
  for (const shift of [-8, 0, 8]) {
    pen.moveTo(shift, 8);
    pen.lineTo(shift + 8, 0);
  }
  pen.stroke();
  return { ...found, hatch: pen.createPattern(tile, "repeat") };
}

/** Draw everything of `model` that lies on `paper`.
 * @param {Paper} paper
 * @param {import("./model.js").Model} model
 * @param {import("../wall.js").Wall} wall */
export function draw(paper, model, wall) {
  const { pen, width, height, colours, scroll } = paper;
  pen.fillStyle = colours.paper;
  pen.fillRect(0, 0, width, height);
  pen.font = colours.font;
  pen.textBaseline = "middle";
  const first = Math.max(0, Math.floor(scroll / LANE));
  const last = Math.min(model.lanes.length, Math.ceil((scroll + height - AXIS) / LANE));
  pen.save();
  pen.beginPath();
  pen.rect(0, AXIS, width, height - AXIS);
  pen.clip();
  grid(paper, model.window, wall);
  for (let n = first; n < last; n++) {
    lane(paper, model.window, /** @type {import("./model.js").Lane} */ (model.lanes[n]), AXIS + n * LANE - scroll);
  }
  pen.restore();
  overlay(paper, model);
  axis(paper, model, wall);
}

/** @param {Paper} paper
 * @param {import("./model.js").Window} window
 * @param {import("../wall.js").Wall} wall
 * @param {(at: number, x: number) => void} each */
function lines({ width, x }, window, wall, each) {
  const step = stepFor((window.to - window.from) / width, 84);
  // Lines lie on round times of the wall, not of UTC: noon is noon in a zone of half hours too.
  const begin = Math.ceil((window.from + wall.shift) / step) * step - wall.shift;
  for (let at = begin; at < window.to; at += step) each(at, Math.round(x(at)) + 0.5);
  return step;
}

/** @param {Paper} paper
 * @param {import("./model.js").Window} window
 * @param {import("../wall.js").Wall} wall */
function grid(paper, window, wall) {
  const { pen, height, colours } = paper;
  pen.beginPath();
  lines(paper, window, wall, (_, x) => {
    pen.moveTo(x, AXIS);
    pen.lineTo(x, height);
  });
  pen.strokeStyle = colours.line;
  pen.lineWidth = 1;
  pen.stroke();
}

/** @param {Paper} paper
 * @param {import("./model.js").Window} window
 * @param {import("./model.js").Lane} one
 * @param {number} top */
function lane(paper, window, one, top) {
  const { pen, colours, width } = paper;
  const bar = top + NAME;
  pen.fillStyle = colours.ink;
  pen.fillText(one.name === one.code ? one.code : `${one.code}  ${one.name}`, 4, top + NAME / 2 + 1);
  pen.fillStyle = colours.raised;
  pen.fillRect(0, bar, width, BAR);
  boxes(paper, window, one.recorded, bar, BAR, colours.run);
  // Over the runs, or rounding would hide a gap of less than a pixel; where stripes have no room it is a light cut.
  boxes(paper, window, one.gaps, bar, BAR, colours.hatch, colours.paper);
  gapWords(paper, window, one.gaps, bar);
  doubts(paper, window, one.runs, bar);
  boxes(paper, window, one.holds, bar + BAR - 5, 5, colours.hold);
  pen.strokeStyle = colours.soft;
  pen.lineWidth = 1;
  pen.strokeRect(-1, bar - 0.5, width + 2, BAR + 1);
}

/** Fill the visible spans; those that share a pixel become one box. One rectangle at a time: a path of hundreds is slow to fill.
 * @param {Paper} paper
 * @param {import("./model.js").Window} window
 * @param {import("./model.js").Span[]} spans
 * @param {number} top
 * @param {number} height
 * @param {any} colour
 * @param {any} [narrow] colour of boxes too narrow for a pattern */
function boxes({ pen, width, x }, window, spans, top, height, colour, narrow = colour) {
  const fill = (/** @type {number} */ from, /** @type {number} */ to) => {
    if (to <= from) return;
    pen.fillStyle = to - from < 4 ? narrow : colour;
    pen.fillRect(from, top, to - from, height);
  };
  let [left, right] = [-1, -1];
  for (let n = firstAfter(spans, window.from); n < spans.length; n++) {
    const span = /** @type {import("./model.js").Span} */ (spans[n]);
    if (span.from >= window.to) break;
    const begin = Math.max(-2, x(span.from));
    const end = Math.min(width + 2, Math.max(x(span.to), begin + 1));
    if (begin > right + 0.5) {
      fill(left, right);
      left = begin;
    }
    right = Math.max(right, end);
  }
  fill(left, right);
}

/** @param {Paper} paper
 * @param {import("./model.js").Window} window
 * @param {import("./model.js").Gap[]} gaps
 * @param {number} top */
function gapWords({ pen, width, x, colours, widths }, window, gaps, top) {
  for (let n = firstAfter(gaps, window.from); n < gaps.length; n++) {
    const gap = /** @type {import("./model.js").Gap} */ (gaps[n]);
    if (gap.from >= window.to) break;
    const left = Math.max(0, x(gap.from));
    const room = Math.min(width, x(gap.to)) - left;
    if (room < 40) continue;
    let wide = widths.get(gap.text);
    if (wide === undefined) widths.set(gap.text, (wide = pen.measureText(gap.text).width));
    if (wide + 12 > room) continue;
    pen.fillStyle = colours.paper;
    pen.fillRect(left + 4, top + 3, wide + 6, BAR - 6);
    pen.fillStyle = colours.ink;
    pen.fillText(gap.text, left + 7, top + BAR / 2 + 1);
  }
}

/** At the edges of a run: a dotted band as wide as its clock may be off, or a question mark where nobody knows.
 * @param {Paper} paper
 * @param {import("./model.js").Window} window
 * @param {import("./model.js").Run[]} runs
 * @param {number} top */
function doubts({ pen, x, colours, width }, window, runs, top) {
  let free = -Infinity;
  for (let n = firstAfter(runs, window.from); n < runs.length; n++) {
    const run = /** @type {import("./model.js").Run} */ (runs[n]);
    if (run.from >= window.to) break;
    const [left, right] = [x(run.from), x(run.to)];
    if (right - Math.max(left, 0) < 14) continue;
    if (run.doubt === null) {
      const at = Math.max(left, 0) + 3;
      if (at < free) continue;
      free = at + 14;
      pen.fillStyle = colours.paper;
      pen.fillText("?", at, top + BAR / 2);
      continue;
    }
    const wide = x(run.from + run.doubt) - left;
    if (wide < 1.5) continue;
    pen.strokeStyle = colours.ink;
    pen.lineWidth = 1;
    pen.setLineDash([2, 2]);
    for (const edge of [left, right]) {
      if (edge > -wide && edge < width + wide) pen.strokeRect(Math.round(edge - wide) + 0.5, top + 2.5, 2 * wide, BAR - 5);
    }
    pen.setLineDash([]);
  }
}

/** @param {Paper} paper
 * @param {import("./model.js").Model} model */
function overlay({ pen, height, width, x, colours, hover }, model) {
  if (model.now !== null && model.now < model.window.to) {
    const at = x(model.now);
    pen.fillStyle = colours.line;
    pen.globalAlpha = 0.5;
    pen.fillRect(Math.max(0, at), AXIS, width, height - AXIS);
    pen.globalAlpha = 1;
    upright(pen, at, height, colours.now, 2, [6, 4]);
  }
  if (model.in !== null || model.out !== null) {
    const left = model.in === null ? -4 : x(model.in);
    const right = model.out === null ? width + 4 : x(model.out);
    pen.fillStyle = colours.range;
    pen.globalAlpha = 0.22;
    pen.fillRect(left, 0, right - left, height);
    pen.globalAlpha = 1;
    if (model.in !== null) upright(pen, left, height, colours.range, 3, []);
    if (model.out !== null) upright(pen, right, height, colours.range, 3, []);
  }
  if (hover !== null) upright(pen, hover, height, colours.soft, 1, [2, 3]);
  upright(pen, x(model.at), height, colours.head, 2, []);
}

/** @param {CanvasRenderingContext2D} pen
 * @param {number} at
 * @param {number} height
 * @param {string} colour
 * @param {number} thick
 * @param {number[]} dashes */
function upright(pen, at, height, colour, thick, dashes) {
  pen.beginPath();
  pen.setLineDash(dashes);
  pen.moveTo(at, 0);
  pen.lineTo(at, height);
  pen.strokeStyle = colour;
  pen.lineWidth = thick;
  pen.stroke();
  pen.setLineDash([]);
}

/** @param {Paper} paper
 * @param {import("./model.js").Model} model
 * @param {import("../wall.js").Wall} wall */
function axis(paper, model, wall) {
  const { pen, width, colours, x } = paper;
  pen.fillStyle = colours.ink;
  pen.strokeStyle = colours.soft;
  pen.lineWidth = 1;
  pen.beginPath();
  const step = stepFor((model.window.to - model.window.from) / width, 84);
  lines(paper, model.window, wall, (at, left) => {
    pen.moveTo(left, AXIS - 7);
    pen.lineTo(left, AXIS);
    const time = wall.time(at);
    const words = step >= DAY || time === "00:00:00" ? wall.date(at) : step >= MINUTE ? time.slice(0, 5) : time;
    pen.fillText(words, left + 3, AXIS / 2);
  });
  pen.moveTo(0, AXIS - 0.5);
  pen.lineTo(width, AXIS - 0.5);
  pen.stroke();
  if (paper.hover !== null) label(paper, paper.hover, wall.time(timeAt(paper, model.window)), colours.soft);
  const head = x(model.at);
  if (head >= 0 && head <= width) label(paper, head, wall.time(model.at), colours.head);
}

/** The time under the pointer. @param {Paper} paper
 * @param {import("./model.js").Window} window */
function timeAt({ hover, width }, window) {
  return window.from + ((hover ?? 0) / width) * (window.to - window.from);
}

/** A time on the axis, above whatever finger points at the lanes.
 * @param {Paper} paper
 * @param {number} at
 * @param {string} words
 * @param {string} ground */
function label({ pen, width, colours }, at, words, ground) {
  const wide = pen.measureText(words).width + 10;
  const left = Math.min(Math.max(0, at - wide / 2), width - wide);
  pen.fillStyle = ground;
  pen.fillRect(left, 2, wide, AXIS - 10);
  pen.fillStyle = colours.paper;
  pen.fillText(words, left + 5, AXIS / 2 - 2);
}
