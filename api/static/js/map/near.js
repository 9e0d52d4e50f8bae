/** What helps to find a place on a map: the cameras that are there already, and where the phone is. */

import { button, make, palette } from "../dom.js";
import { L } from "./base.js";

/** Draw the others faintly: they are there to find one's way by, and cannot be chosen.
 * @param {L.Map} map
 * @param {HTMLElement} host
 * @param {{others?: import("./geo.js").Place[], texts: Record<string, string>}} data */
export function addOthers(map, host, { others = [], texts }) {
  if (!others.length) return;
  const color = palette(host)("--mp-none", "#4d5358");
  for (const at of others) L.circleMarker(at, { radius: 5, weight: 1, color, fillOpacity: 0.3, interactive: false }).addTo(map);
  host.append(make("p", { class: "small soft" }, texts.others ?? ""));
}

/** Return a button that asks the phone where it is, and puts the pin there; what came of it is said in `told`.
 * @param {L.Map} map
 * @param {import("./fields.js").Fields} fields
 * @param {HTMLElement} told
 * @param {Record<string, string>} texts */
export function locateButton(map, fields, told, texts) {
  const found = (/** @type {GeolocationPosition} */ { coords }) => {
    fields.set({ lat: coords.latitude, lon: coords.longitude });
    map.setView([coords.latitude, coords.longitude], Math.max(map.getZoom(), 18));
  };
  const not = () => (told.textContent = texts.unlocated ?? "");
  const ask = () => {
    told.textContent = texts.locating ?? "";
    navigator.geolocation.getCurrentPosition(found, not, { enableHighAccuracy: true, timeout: 20_000 });
  };
  return button(texts.locate ?? "", ask, { "data-locate": "" });
}
