/** Fingers, mouse and wheel on the picture. A tap on a lane moves the playhead; a drag moves the window and never the playhead. */

import { AXIS, LANE } from "./draw.js";

/** Less than this is a tap that trembled. */
const TREMBLE_PX = 6;

/** @typedef {object} Stage
 * @property {HTMLElement} scroller what scrolls over the lanes
 * @property {HTMLElement} canvas
 * @property {(x: number) => number} time
 * @property {(x: number | null, lane?: number) => void} hover the lane is left out where there is none, and while a finger moves the window
 * @property {(lane: number, at: number, mouse: boolean) => void} tapped the playhead goes to `at` */

/** @param {Stage} stage
 * @param {import("./model.js").Model} model */
export function listen(stage, model) {
  const { canvas } = stage;
  /** @type {Map<number, number>} fingers that are down, by where they are */
  const down = new Map();
  let began = { x: 0, y: 0, from: 0, moved: false, spread: 0 };
  const left = () => canvas.getBoundingClientRect().left;
  const span = () => model.window.to - model.window.from;
  const spread = () => Math.max(...down.values()) - Math.min(...down.values());
  const middle = () => (Math.max(...down.values()) + Math.min(...down.values())) / 2;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    down.set(event.pointerId, event.clientX - left());
    canvas.setPointerCapture(event.pointerId);
    began = { x: middle(), y: event.clientY, from: model.window.from, moved: down.size > 1, spread: spread() };
  });
  canvas.addEventListener("pointermove", (event) => {
    const x = event.clientX - left();
    stage.hover(x, event.pointerType === "touch" || event.buttons ? undefined : laneAt(stage, model, event));
    if (!down.has(event.pointerId)) return;
    down.set(event.pointerId, x);
    if (down.size > 1) {
      const now = spread();
      if (began.spread > 10 && now > 10) model.zoom(began.spread / now, stage.time(middle()));
      began.spread = now;
      return;
    }
    if (!began.moved && Math.abs(x - began.x) < TREMBLE_PX) return;
    began.moved = true;
    model.look(began.from - ((x - began.x) / canvas.clientWidth) * span(), span());
  });
  const lift = (/** @type {PointerEvent} */ event, /** @type {boolean} */ tapped) => {
    if (!down.delete(event.pointerId)) return;
    if (down.size) began = { ...began, x: middle(), from: model.window.from };
    else if (tapped && !began.moved && Math.abs(event.clientY - began.y) < TREMBLE_PX) {
      const lane = laneAt(stage, model, event);
      if (lane === undefined) return;
      stage.tapped(lane, Math.round(stage.time(event.clientX - left())), event.pointerType === "mouse");
    }
  };
  canvas.addEventListener("pointerup", (event) => lift(event, true));
  canvas.addEventListener("pointercancel", (event) => lift(event, false));
  canvas.addEventListener("pointerleave", () => stage.hover(null));
  canvas.addEventListener("wheel", (event) => wheel(event, stage, model, left()), { passive: false });
}

/** @param {Stage} stage
 * @param {import("./model.js").Model} model
 * @param {PointerEvent} event
 * @returns {number | undefined} */
function laneAt(stage, model, event) {
  const y = event.clientY - stage.canvas.getBoundingClientRect().top;
  const lane = Math.floor((y - AXIS + stage.scroller.scrollTop) / LANE);
  return y >= AXIS && lane < model.lanes.length ? lane : undefined;
}

/** The wheel scrolls the page until somebody works with the timeline; with Ctrl (which is also a pinch on a pad) it zooms at once.
 * @param {WheelEvent} event
 * @param {Stage} stage
 * @param {import("./model.js").Model} model
 * @param {number} left */
function wheel(event, stage, model, left) {
  const span = model.window.to - model.window.from;
  const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
  const scrolls = stage.scroller.scrollHeight > stage.scroller.clientHeight + 1;
  if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) {
    model.look(model.window.from + (sideways / stage.canvas.clientWidth) * span, span);
  } else if (event.ctrlKey || event.metaKey || (!scrolls && stage.scroller.parentElement?.contains(document.activeElement))) {
    model.zoom(Math.exp(Math.max(-120, Math.min(120, event.deltaY)) / 300), stage.time(event.clientX - left));
  } else return;
  event.preventDefault();
}
