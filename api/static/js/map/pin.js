/** A pin that is where a form's fields say, and writes them when it is moved: by tap, by drag, by keys, by buttons. */

import { button, make } from "../dom.js";
import { elementMarker } from "./base.js";
import { ahead } from "./geo.js";

const KEYS = /** @type {Record<string, number>} */ ({ ArrowUp: 0, ArrowRight: 90, ArrowDown: 180, ArrowLeft: 270 });

/** Put a pin on `map` for the place in `fields`; return what draws it anew.
 * @param {L.Map} map
 * @param {import("./fields.js").Fields} fields
 * @param {Record<string, string>} texts
 * @param {number} step metres that a key moves it
 * @param {() => void} moving called while it is dragged, before the fields are written
 * @returns {{draw: () => void, at: () => import("./geo.js").Place | null, move: (bearing: number) => void}} */
export function addPin(map, fields, texts, step, moving) {
  const still = fields.fixed("lat");
  const role = still ? { role: "img" } : { role: "button", tabindex: 0 };
  const shape = make("div", { class: still ? "mp-pin mp-still" : "mp-pin", ...role, "aria-label": texts.pin ?? "" });
  const marker = elementMarker(fields.place() ?? [0, 0], shape, 44, !still);
  let dragged = false;
  const write = (/** @type {import("./geo.js").Place} */ [lat, lon]) => fields.set({ lat, lon });
  const move = (/** @type {number} */ bearing) => {
    const centre = map.getCenter();
    const at = fields.place();
    write(at ? ahead(at, bearing, step) : [centre.lat, centre.lng]);
  };
  const at = () => {
    const there = marker.getLatLng();
    return dragged ? /** @type {import("./geo.js").Place} */ ([there.lat, there.lng]) : fields.place();
  };
  if (!still) map.on("click", (event) => write([event.latlng.lat, event.latlng.lng]));
  marker.on("dragstart", () => (dragged = true));
  marker.on("drag", moving);
  marker.on("dragend", () => {
    const there = marker.getLatLng();
    dragged = false;
    write([there.lat, there.lng]);
  });
  shape.addEventListener("keydown", (event) => {
    const bearing = KEYS[event.key];
    if (bearing === undefined || still) return;
    event.preventDefault();
    event.stopPropagation();
    move(bearing);
  });
  const draw = () => {
    const place = fields.place();
    if (!place) {
      marker.remove();
      return;
    }
    marker.setLatLng(place).addTo(map);
    // What was typed or stepped to may lie outside; what was tapped never does.
    if (!map.getBounds().pad(-0.05).contains(place)) map.panTo(place, { animate: false });
  };
  return { draw, at, move };
}

/** Return four buttons that move a pin, for fingers that do not drag; words as the page gives them, north first.
 * @param {string[]} directions the eight
 * @param {string} label
 * @param {(bearing: number) => void} move */
export function moveButtons(directions, label, move) {
  const four = [0, 2, 4, 6].map((n) => button(directions[n] ?? "", () => move(n * 45), { "data-arrow": n, "data-move": n * 45 }));
  return captioned("mp-cross", label, four);
}

/** Return buttons as a group under words that say what they do.
 * @param {string} kind
 * @param {string} label
 * @param {HTMLElement[]} buttons */
export function captioned(kind, label, buttons) {
  const group = make("div", { class: `mp-group ${kind}`, role: "group", "aria-label": label }, ...buttons);
  return make("div", {}, make("p", { class: "mp-caption", "aria-hidden": "true" }, label), group);
}
