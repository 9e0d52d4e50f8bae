/** Forms about what is marked: their typed day, begin and end follow the marks, and the marks follow what is typed. */

import { emit, fill, make } from "../dom.js";
import { DAY, HOUR, SECOND } from "../wall.js";

/** @typedef {import("./model.js").Model} Model
 * @typedef {{model: Model, wall: import("../wall.js").Wall, texts: Record<string, string>}} Parts */

const NAMES = /** @type {const} */ (["day", "begin", "end", "end_day"]);

/** Tie each form that names this timeline in data-marks-of to its marks.
 * @param {HTMLElement} host
 * @param {Parts} parts */
export function tieForms(host, parts) {
  document.querySelectorAll("[data-marks-of]").forEach((form, n) => {
    if (!(form instanceof HTMLFormElement) || form.dataset.marksOf !== host.id) return;
    tie(form, parts, make("p", { class: "fault", role: "status", id: `${host.id}-form-${n}-said` }));
  });
}

/** @param {HTMLFormElement} form
 * @param {Parts} parts
 * @param {HTMLElement} said */
function tie(form, parts, said) {
  const { model, texts } = parts;
  /** @type {Partial<Record<typeof NAMES[number], HTMLInputElement>>} */
  const fields = {};
  for (const name of NAMES) {
    const field = form.elements.namedItem(name);
    if (field instanceof HTMLInputElement) fields[name] = field;
  }
  const before = Object.fromEntries(NAMES.map((name) => [name, fields[name]?.value ?? ""]));
  fields.end?.closest(".row")?.after(said);
  const words = /** @type {HTMLElement | null} */ (form.querySelector("[data-marks-words]"));
  let typing = false;
  const write = () => {
    const none = model.in === null && model.out === null;
    const told = none ? before : typedOf(parts, form.dataset.marksWhole !== undefined);
    // Somebody who has typed one end is about to type the other: nothing comes under their hands.
    if (typing && model.in === null) told.begin = fields.begin?.value ?? "";
    if (typing && model.out === null) Object.assign(told, { end: fields.end?.value ?? "", end_day: fields.end_day?.value ?? "" });
    for (const name of NAMES) put(fields[name], told[name] ?? "");
    said.textContent = "";
    if (words) {
      words.hidden = none;
      words.textContent = none ? "" : fill(texts.part, { in: told.begin ?? "", out: told.end ?? "" });
    }
  };
  model.addEventListener("range", write);
  if (model.in !== null || model.out !== null) write();
  for (const name of NAMES) {
    fields[name]?.addEventListener("change", (event) => {
      if (!event.isTrusted) return;
      typing = true;
      read(fields, parts, said);
      typing = false;
    });
  }
}

/** Return the marked part as it is typed: where one end is not marked, to the end of all that is shown.
 * @param {Parts} parts
 * @param {boolean} whole widen it to whole seconds
 * @returns {Record<string, string>} */
function typedOf({ model, wall }, whole) {
  const from = model.in ?? model.extent.from;
  const to = model.out ?? model.extent.to;
  const begin = whole ? Math.floor(from / SECOND) * SECOND : from;
  const end = whole ? Math.ceil(to / SECOND) * SECOND : to;
  const time = (/** @type {number} */ at) => wall.time(at, Math.round(at) % SECOND ? 3 : 0);
  const [day, last] = [wall.date(begin), wall.date(end)];
  return { day, begin: time(begin), end: time(end), end_day: last === day ? "" : last };
}

/** @param {HTMLInputElement | undefined} field
 * @param {string} text */
function put(field, text) {
  if (!field || field.value === text) return;
  field.value = text;
  blame(field, null);
  emit(field, "input", null);
  emit(field, "change", null);
}

/** Say that a field is wrong, by the element that says why beside its hint; null: that it is not.
 * @param {HTMLInputElement | undefined} field
 * @param {HTMLElement | null} said */
function blame(field, said) {
  if (!field) return;
  const hint = (field.dataset.mpHint ??= field.getAttribute("aria-describedby") ?? "");
  const about = [hint, said?.id ?? ""].filter(Boolean).join(" ");
  if (about) field.setAttribute("aria-describedby", about);
  else field.removeAttribute("aria-describedby");
  if (said) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
}

/** Mark what was typed. What cannot be is said, and neither swapped nor changed.
 * @param {Partial<Record<typeof NAMES[number], HTMLInputElement>>} fields
 * @param {Parts} parts
 * @param {HTMLElement} said */
function read(fields, { model, wall, texts }, said) {
  const { from, to } = model.extent;
  const at = (/** @type {"begin" | "end"} */ name) => {
    const text = fields[name]?.value.trim() ?? "";
    const day = (name === "end" && fields.end_day?.value) || fields.day?.value || "";
    return text ? wall.typed(text, noon(wall, day) ?? (name === "begin" ? model.in : model.out) ?? from, from, to) : undefined;
  };
  const [begin, end] = [at("begin"), at("end")];
  const complain = (/** @type {HTMLInputElement | undefined} */ field, /** @type {string} */ words) => {
    blame(field, said);
    said.textContent = words;
  };
  for (const name of NAMES) blame(fields[name], null);
  said.textContent = "";
  const reach = fill(texts.bad_time, { from: wall.full(from), to: wall.full(to) });
  if (begin === null) complain(fields.begin, reach);
  else if (end === null) complain(fields.end, reach);
  else if (!model.mark(begin ?? null, end ?? null)) complain(fields.end, texts.bad_range ?? "");
}

/** Return noon of a day written as 07/03/2026, or null.
 * @param {import("../wall.js").Wall} wall
 * @param {string} text */
function noon(wall, text) {
  const found = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$/.exec(text.trim());
  if (!found) return null;
  return wall.midnight(Date.UTC(Number(found[3]), Number(found[2]) - 1, Number(found[1])) - wall.shift + DAY / 2) + 12 * HOUR;
}
