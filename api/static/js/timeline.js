/** A timeline on each element with data-mp-timeline. docs/design/web-islands.md says how a page asks for it. */

import { dataOf, emit, isTyping, make, onScheme, oncePerFrame, start } from "./dom.js";
import { keep, restore } from "./timeline/address.js";
import { AXIS, LANE, coloursOf, draw } from "./timeline/draw.js";
import { tieForms } from "./timeline/forms.js";
import { listen } from "./timeline/gestures.js";
import { Model, lanesOf } from "./timeline/model.js";
import { Peek } from "./timeline/peek.js";
import { table } from "./timeline/table.js";
import { twin } from "./timeline/twin.js";
import { MINUTE, SECOND, Wall, instant } from "./wall.js";

const MOST_HEIGHT = 560;

/** @param {any} data
 * @returns {Model} */
function modelOf(data) {
  const at = (/** @type {string | null | undefined} */ text) => (text ? instant(text) : null);
  const model = new Model({ from: instant(data.from), to: instant(data.to) }, lanesOf(data.lanes), at(data.now));
  if (data.window) model.look(instant(data.window.from), instant(data.window.to) - instant(data.window.from));
  model.go(at(data.at) ?? model.window.from, "link");
  model.mark(at(data.in), at(data.out), "link");
  return model;
}

/** The picture within what scrolls over its lanes.
 * @param {HTMLElement} host
 * @param {Model} model
 * @param {Wall} wall
 * @param {string} label */
function picture(host, model, wall, label) {
  const canvas = make("canvas", { class: "mp-lanes", "aria-hidden": "true" });
  const room = make("div", { class: "mp-lanes-room" }, canvas);
  const scroller = make("div", { class: "mp-scroller", tabindex: 0, role: "group", "aria-label": label }, room);
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  let colours = coloursOf(host);
  /** @type {number | null} */
  let hover = null;
  const widths = new Map();
  const now = () => {
    const [width, height, scale] = [canvas.clientWidth, canvas.clientHeight, devicePixelRatio || 1];
    if (!width) return;
    if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
    }
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    const { from, to } = model.window;
    const perMs = width / (to - from); // read once: asking an element for its size thousands of times takes longer than drawing
    const x = (/** @type {number} */ at) => (at - from) * perMs;
    draw({ pen, width, height, scroll: scroller.scrollTop, hover, colours, x, widths }, model, wall);
  };
  const soon = oncePerFrame(now);
  const fit = () => {
    const whole = AXIS + model.lanes.length * LANE;
    room.style.height = `${whole}px`;
    canvas.style.height = scroller.style.height = `${Math.min(whole, MOST_HEIGHT)}px`;
    soon();
  };
  fit();
  model.addEventListener("lanes", fit);
  for (const what of ["head", "window", "range"]) model.addEventListener(what, soon);
  scroller.addEventListener("scroll", soon);
  new ResizeObserver(soon).observe(canvas);
  onScheme(() => {
    colours = coloursOf(host);
    soon();
  });
  const time = (/** @type {number} */ at) => model.window.from + (at / canvas.clientWidth) * (model.window.to - model.window.from);
  const hovered = (/** @type {number | null} */ at) => {
    hover = at;
    soon();
  };
  return { scroller, canvas, now, time, hovered };
}

/** @param {Model} model
 * @param {(which: "in" | "out") => void} mark
 * @param {Peek} peek
 * @returns {(event: KeyboardEvent) => void} */
function keys(model, mark, peek) {
  return (event) => {
    if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    peek.mouse = false;
    const onSlider = event.target instanceof HTMLInputElement;
    const step = event.shiftKey ? MINUTE : SECOND;
    /** @type {Record<string, (() => void) | undefined>} */
    const acts = {
      i: () => mark("in"),
      o: () => mark("out"),
      "+": () => model.zoom(0.5, model.at),
      "-": () => model.zoom(2, model.at),
      // The slider has these by itself.
      ArrowLeft: onSlider ? undefined : () => model.go(model.at - step),
      ArrowRight: onSlider ? undefined : () => model.go(model.at + step),
    };
    const act = acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (event.key === "Escape" && peek.hide()) event.preventDefault();
    else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      if (!onSlider && peek.choose(event.key === "ArrowUp" ? -1 : 1)) event.preventDefault();
    } else if (act) {
      event.preventDefault();
      act();
    }
  };
}

/** Tell the page and the island that this one is linked to, and do what they ask.
 * @param {HTMLElement} host
 * @param {Model} model
 * @param {Wall} wall */
function connect(host, model, wall) {
  const linked = () => document.getElementById(host.dataset.linked ?? "");
  const iso = (/** @type {number | null} */ at) => (at === null ? null : wall.iso(at));
  const field = (/** @type {string | undefined} */ id) => /** @type {HTMLInputElement | null} */ (document.getElementById(id ?? ""));
  model.addEventListener("head", (event) => {
    const by = /** @type {CustomEvent} */ (event).detail;
    emit(host, "mp:head", { at: model.at, iso: iso(model.at), by });
    if (by === "person") linked()?.dispatchEvent(new CustomEvent("mp:go", { detail: { at: model.at, by: "link" } }));
  });
  const mark = (/** @type {Event | null} */ event) => {
    const [from, to] = [field(host.dataset.in), field(host.dataset.out)];
    if (from) from.value = iso(model.in) ?? "";
    if (to) to.value = iso(model.out) ?? "";
    if (!event) return;
    emit(host, "mp:range", { in: iso(model.in), out: iso(model.out) });
    const by = /** @type {CustomEvent} */ (event).detail;
    if (by === "person") linked()?.dispatchEvent(new CustomEvent("mp:mark", { detail: { in: model.in, out: model.out } }));
  };
  model.addEventListener("range", mark);
  model.addEventListener("window", () => emit(host, "mp:window", { from: wall.iso(model.window.from), to: wall.iso(model.window.to) }));
  mark(null);
  host.addEventListener("mp:go", (event) => model.go(/** @type {CustomEvent} */ (event).detail.at, /** @type {CustomEvent} */ (event).detail.by ?? "link"));
  host.addEventListener("mp:mark", (event) => model.mark(/** @type {CustomEvent} */ (event).detail.in, /** @type {CustomEvent} */ (event).detail.out, "link"));
  host.addEventListener("mp:lanes", (event) => {
    model.lanes = lanesOf(/** @type {CustomEvent} */ (event).detail.lanes);
    model.tell("lanes", "link");
  });
}

start("[data-mp-timeline]", (host) => {
  const data = dataOf(host);
  const wall = new Wall(data.offset_minutes);
  const model = modelOf(data);
  if (host.dataset.address !== "no") restore(model);
  host.classList.add("mp-timeline");
  host.id ||= "mp-timeline";
  const parts = { model, wall, texts: data.texts, zooms: data.zooms ?? [], id: host.id };
  const here = () => {
    const asked = { at: model.at }; // while pictures play they know better where they are
    document.getElementById(host.dataset.linked ?? "")?.dispatchEvent(new CustomEvent("mp:when", { detail: asked }));
    return asked.at;
  };
  const { top, slider, bottom, said, mark } = twin(parts, here, Boolean(host.dataset.linked));
  const { scroller, canvas, now, time, hovered } = picture(host, model, wall, data.texts.label ?? "");
  const peek = new Peek({ model, wall, texts: data.texts, scroller, canvas });
  const lanes = make("div", { class: "mp-stage" }, scroller, peek.figure);
  const hint = make("p", { class: "mp-hint" }, data.texts.peek_hint ?? "");
  host.append(top, lanes, slider, ...(peek.any ? [hint] : []), peek.said, bottom, said, table(parts));
  const hover = (/** @type {number | null} */ x, /** @type {number | undefined} */ lane) => {
    hovered(x);
    peek.over(x === null ? null : time(x), lane);
  };
  const tapped = (/** @type {number} */ lane, /** @type {number} */ at, /** @type {boolean} */ mouse) => {
    peek.lane = lane;
    peek.mouse = mouse;
    scroller.focus({ preventScroll: true }); // a finger would bring it only after the head has moved
    model.go(at);
    peek.head(); // it may have been there already
  };
  listen({ scroller, canvas, time, hover, tapped }, model);
  host.addEventListener("keydown", keys(model, mark, peek));
  host.addEventListener("focusout", (event) => {
    if (!host.contains(/** @type {Node | null} */ (event.relatedTarget)) && !peek.wanted?.pointer) peek.hide();
  });
  tieForms(host, parts);
  connect(host, model, wall);
  if (host.dataset.address !== "no") keep(model, wall);
  // Measured by benchmarks and looked at by tests; pages have no use for it.
  /** @type {any} */ (host).mpTimeline = { model, draw: now };
});
