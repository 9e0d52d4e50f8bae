/** Where a timeline stands, in the page's address: whoever opens or reloads it sees the same. */

import { instant } from "../wall.js";

/** Browsers stop answering when the address changes too often. */
const PAUSE_MS = 300;
const KEYS = /** @type {const} */ ({ at: "at", in: "in", out: "out", from: "wf", to: "wt" });

/** @param {string} name
 * @returns {number | null} */
function read(name) {
  const text = new URLSearchParams(location.search).get(name);
  try {
    return text ? instant(text) : null;
  } catch {
    return null; // an address that somebody mistyped is no reason to show nothing
  }
}

/** Put the state of the address into `model`.
 * @param {import("./model.js").Model} model */
export function restore(model) {
  const [from, to] = [read(KEYS.from), read(KEYS.to)];
  if (from !== null && to !== null && to > from) model.look(from, to - from);
  const at = read(KEYS.at);
  if (at !== null) model.go(at, "link");
  const [begin, end] = [read(KEYS.in), read(KEYS.out)];
  const within = (/** @type {number | null} */ one) => (one === null ? null : model.clamp(one));
  if (begin !== null || end !== null) model.mark(within(begin), within(end), "link");
}

/** Keep the address as `model` is. Other parameters stay as they are.
 * @param {import("./model.js").Model} model
 * @param {import("../wall.js").Wall} wall */
export function keep(model, wall) {
  let waiting = 0;
  const write = () => {
    waiting = 0;
    const address = new URL(location.href);
    const whole = model.window.from === model.extent.from && model.window.to === model.extent.to;
    const values = { at: model.at, in: model.in, out: model.out, from: whole ? null : model.window.from, to: whole ? null : model.window.to };
    for (const [name, key] of Object.entries(KEYS)) {
      const value = values[/** @type {keyof typeof values} */ (name)];
      if (value === null) address.searchParams.delete(key);
      else address.searchParams.set(key, wall.iso(value));
    }
    history.replaceState(history.state, "", address);
  };
  for (const what of ["head", "window", "range"]) {
    model.addEventListener(what, () => {
      waiting ||= window.setTimeout(write, PAUSE_MS);
    });
  }
}
