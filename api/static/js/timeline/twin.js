/** The timeline for those who do not see or drag the picture: a slider, a typed time, buttons. They change the same model. */

import { button, fill, make } from "../dom.js";
import { MINUTE, SECOND } from "../wall.js";

/** @typedef {{model: import("./model.js").Model, wall: import("../wall.js").Wall, texts: Record<string, string>,
 *   zooms: {seconds: number, text: string}[], id: string}} Parts */

/** Return the controls above and below the picture.
 * @param {Parts} parts
 * @param {() => number} here where a mark goes
 * @param {boolean} linked what it is linked to tells the time already */
export function twin(parts, here, linked) {
  const { model, wall, texts } = parts;
  const clock = make("p", { class: "mp-clock" });
  const said = make("p", { class: "mp-told", role: "status" });
  const typed = typedTime(parts, said);
  const slider = make("input", { type: "range", class: "mp-slider", min: 0, step: 1, "aria-label": texts.head ?? "" });
  slider.max = String(Math.floor((model.extent.to - model.extent.from) / SECOND));
  slider.addEventListener("input", () => model.go(model.extent.from + Number(slider.value) * SECOND));
  slider.addEventListener("keydown", (event) => {
    const by = { PageUp: MINUTE, PageDown: -MINUTE }[event.key];
    if (by === undefined) return;
    event.preventDefault(); // the browser's own step is a tenth of the day
    model.go(model.at + by);
  });
  const drawHead = () => {
    clock.textContent = wall.full(model.at);
    slider.value = String(Math.round((model.at - model.extent.from) / SECOND));
    slider.setAttribute("aria-valuetext", fill(texts.head_at ?? "{time}", { time: wall.time(model.at), date: wall.date(model.at), with: model.withFootage(), all: model.lanes.length }));
  };
  model.addEventListener("head", drawHead);
  drawHead();
  const marks = markButtons(parts, said, here);
  const top = make("div", { class: "mp-bar" }, ...(linked ? [] : [clock]), typed, jumpButtons(parts, said));
  const bottom = make("div", { class: "mp-bar" }, marks.group, zoomButtons(parts));
  return { top, slider, bottom, said, mark: marks.mark };
}

/** @param {Parts} parts
 * @param {HTMLElement} said */
export function typedTime({ model, wall, texts, id }, said) {
  const field = make("input", { type: "text", class: "mp-typed", id: `${id}-typed`, inputmode: "numeric", autocomplete: "off", placeholder: "HH:MM:SS", maxlength: 12 });
  said.id = `${id}-said`;
  const go = () => {
    if (!field.value.trim()) return;
    const at = wall.typed(field.value, model.at, model.extent.from, model.extent.to);
    field.toggleAttribute("aria-invalid", false);
    field.removeAttribute("aria-describedby");
    if (at === null) {
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("aria-describedby", said.id);
      said.textContent = fill(texts.bad_time, { from: wall.full(model.extent.from), to: wall.full(model.extent.to) });
      return;
    }
    said.textContent = "";
    model.go(at);
  };
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // the form about it is not to be sent
    go();
  });
  const label = make("label", { for: field.id }, texts.typed ?? "");
  return make("div", { class: "mp-field" }, label, field, button(texts.go ?? "", go));
}

/** @param {Parts} parts
 * @param {HTMLElement} said */
function jumpButtons({ model, wall, texts }, said) {
  const jump = (/** @type {1 | -1} */ way) => () => {
    const found = model.gapBeside(way);
    if (!found) {
      said.textContent = texts.no_gap ?? "";
      return;
    }
    model.go(found.gap.from);
    const { lane, gap } = found;
    said.textContent = fill(texts.gap_at, { camera: lane.name, from: wall.time(gap.from), to: wall.time(gap.to), reason: gap.text });
  };
  const group = make("div", { class: "mp-group", role: "group", "aria-label": texts.jump ?? "" });
  group.append(button(texts.gap_before ?? "", jump(-1), { "data-act": "gap-before" }));
  group.append(button(texts.gap_after ?? "", jump(1), { "data-act": "gap-after" }));
  group.append(button(texts.back ?? "", () => model.go(model.before), { "data-act": "back" }));
  return group;
}

/** @param {Parts} parts
 * @param {HTMLElement} said
 * @param {() => number} here where a mark goes; while pictures play this is ahead of the playhead */
export function markButtons({ model, wall, texts }, said, here) {
  const told = make("span", { class: "mp-range" });
  const mark = (/** @type {"in" | "out"} */ which) => {
    const fits = which === "in" ? model.mark(Math.round(here()), model.out) : model.mark(model.in, Math.round(here()));
    // Never swapped in silence: who marks the end before the begin has misread one of them.
    said.textContent = fits ? "" : (texts.bad_range ?? "");
  };
  const clear = button(texts.clear ?? "", () => model.mark(null, null), { "data-act": "clear" });
  const draw = () => {
    const time = (/** @type {number | null} */ at) => (at === null ? "…" : wall.time(at));
    told.textContent = model.in === null && model.out === null ? "" : fill(texts.range, { in: time(model.in), out: time(model.out), length: lengthOf(model, texts) });
    clear.disabled = model.in === null && model.out === null;
  };
  model.addEventListener("range", draw);
  draw();
  const group = make("div", { class: "mp-group", role: "group", "aria-label": texts.marks ?? "" });
  group.append(button(texts.from_here ?? "", () => mark("in"), { "data-act": "in", "aria-keyshortcuts": "I" }));
  group.append(button(texts.to_here ?? "", () => mark("out"), { "data-act": "out", "aria-keyshortcuts": "O" }), clear, told);
  return { group, mark };
}

/** How long what is marked is, in words: the two greatest parts of hours, minutes and seconds.
 * @param {import("./model.js").Model} model
 * @param {Record<string, string>} texts */
function lengthOf(model, texts) {
  if (model.in === null || model.out === null) return "…";
  const seconds = Math.round((model.out - model.in) / SECOND);
  const parts = /** @type {[number, string | undefined][]} */ ([[Math.floor(seconds / 3600), texts.hours], [Math.floor(seconds / 60) % 60, texts.minutes], [seconds % 60, texts.seconds]]);
  const told = parts.filter(([count]) => count).map(([count, text]) => fill(text, { count })).slice(0, 2);
  return told.join(" ") || fill(texts.seconds, { count: 0 });
}

/** @param {Parts} parts */
function zoomButtons({ model, texts, zooms }) {
  const centred = (/** @type {number} */ length) => model.look(model.at - length / 2, length);
  const group = make("div", { class: "mp-group", role: "group", "aria-label": texts.zoom ?? "" });
  const span = () => model.window.to - model.window.from;
  group.append(button("−", () => model.zoom(2, model.at), { "aria-label": texts.zoom_out ?? "", "data-act": "zoom-out" }));
  group.append(button("+", () => model.zoom(0.5, model.at), { "aria-label": texts.zoom_in ?? "", "data-act": "zoom-in" }));
  const presets = zooms.map((zoom) => button(zoom.text, () => centred(zoom.seconds * SECOND), { "data-zoom": zoom.seconds, "aria-pressed": "false" }));
  const earlier = button("◀", () => model.look(model.window.from - span() / 2, span()), { "aria-label": texts.earlier ?? "", "data-act": "earlier" });
  const later = button("▶", () => model.look(model.window.from + span() / 2, span()), { "aria-label": texts.later ?? "", "data-act": "later" });
  group.append(...presets, earlier, later);
  const draw = () => {
    presets.forEach((one, n) => one.setAttribute("aria-pressed", String(Math.abs(span() - (zooms[n]?.seconds ?? 0) * SECOND) < 1)));
  };
  model.addEventListener("window", draw);
  draw();
  return group;
}
