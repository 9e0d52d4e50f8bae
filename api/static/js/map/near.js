/** What helps to find a place on a map: the cameras that are there already, and where the phone is. */

import { button, make, palette } from "../dom.js";
import { L, addWords } from "./base.js";

/** @typedef {[number, number, string]} Other where a camera is, and how it is called */

/** Draw the others faintly: they are there to find one's way by, and cannot be chosen.
 * @param {L.Map} map
 * @param {HTMLElement} host
 * @param {{others?: Other[], texts: Record<string, string>}} data */
export function addOthers(map, host, { others = [], texts }) {
  if (!others.length) return;
  const color = palette(host)("--mp-none", "#4d5358");
  for (const [lat, lon, name] of others) {
    const dot = L.circleMarker([lat, lon], { radius: 4, weight: 1, color, fillOpacity: 0.3, bubblingMouseEvents: true });
    addWords(dot.addTo(map), name);
  }
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
