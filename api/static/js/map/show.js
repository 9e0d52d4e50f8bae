/** View `show`: cameras about a place, chosen on the map or in the list of the page; both say the same. */

import { emit, make, onScheme, palette } from "../dom.js";
import { L, addWords, createMap, whenShown } from "./base.js";
import { Fields } from "./fields.js";
import { mark } from "./marks.js";
import { addPin } from "./pin.js";

/** @typedef {import("./marks.js").Camera} Camera
 * @typedef {import("./base.js").MapData & {cameras: Camera[], place?: {lat: number, lon: number, radius_m?: number}}} ShowData */

/** @param {HTMLElement} host
 * @param {ShowData} data */
export function show(host, data) {
  const map = createMap(host, data);
  const marks = new Map(data.cameras.map((camera) => [camera.code, mark(camera)]));
  const list = document.getElementById(host.dataset.list ?? "");
  const chosen = new Set(data.cameras.filter((camera) => camera.selected).map((camera) => camera.code));
  for (const box of boxesIn(list)) {
    if (box.checked) chosen.add(box.dataset.camera ?? "");
    else chosen.delete(box.dataset.camera ?? "");
  }
  let lit = "";
  const dress = (/** @type {string} */ code) => marks.get(code)?.dress(host, chosen.has(code), lit === code);
  const light = (/** @type {string} */ code) => {
    const before = lit;
    lit = code;
    dress(before);
    dress(code);
    for (const row of rowsIn(list)) row.classList.toggle("mp-lit", row.dataset.camera === code && code !== "");
  };
  const choose = (/** @type {string} */ code, /** @type {boolean} */ on) => {
    if (on === chosen.has(code)) return;
    if (on) chosen.add(code);
    else chosen.delete(code);
    dress(code);
    emit(host, "mp:select", { codes: [...chosen] });
  };
  // Views first, so that every dot lies above every view.
  for (const { view } of marks.values()) view?.addTo(map);
  for (const camera of data.cameras) addCamera(camera, map, marks, light, () => toggle(list, chosen, camera.code, choose));
  data.cameras.forEach((camera) => dress(camera.code));
  onScheme(() => data.cameras.forEach((camera) => dress(camera.code)));
  listen(list, light, choose);
  addPlace(host, data, map);
  frame(map, data);
  if (data.texts.sees) host.append(legend(data.texts));
}

/** @param {HTMLElement | null} list
 * @returns {HTMLInputElement[]} */
function boxesIn(list) {
  return list ? [...list.querySelectorAll("input[data-camera]")].filter((box) => box instanceof HTMLInputElement) : [];
}

/** @param {HTMLElement | null} list
 * @returns {HTMLElement[]} */
function rowsIn(list) {
  return list ? /** @type {HTMLElement[]} */ ([...list.querySelectorAll("[data-camera]:not(input)")]) : [];
}

/** Choose through the page's check box where there is one, so that the form and everybody who listens to it hear of it.
 * @param {HTMLElement | null} list
 * @param {Set<string>} chosen
 * @param {string} code
 * @param {(code: string, on: boolean) => void} choose */
function toggle(list, chosen, code, choose) {
  const box = boxesIn(list).find((one) => one.dataset.camera === code);
  if (!list) choose(code, !chosen.has(code));
  else if (box && !box.disabled) {
    // What the list does not have, its form could not send.
    box.checked = !box.checked;
    box.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

/** @param {Camera} camera
 * @param {L.Map} map
 * @param {Map<string, ReturnType<typeof mark>>} marks
 * @param {(code: string) => void} light
 * @param {() => void} flip */
function addCamera(camera, map, marks, light, flip) {
  const { dot, view } = /** @type {ReturnType<typeof mark>} */ (marks.get(camera.code));
  dot.addTo(map);
  for (const layer of view ? [dot, view] : [dot]) {
    addWords(layer, camera.text ?? `${camera.code} ${camera.name}`);
    layer.on("mouseover", () => light(camera.code));
    layer.on("mouseout", () => light(""));
    layer.on("click", (event) => {
      L.DomEvent.stopPropagation(event);
      flip();
    });
  }
}

/** @param {HTMLElement | null} list
 * @param {(code: string) => void} light
 * @param {(code: string, on: boolean) => void} choose */
function listen(list, light, choose) {
  if (!list) return;
  list.addEventListener("change", (event) => {
    const box = event.target;
    if (box instanceof HTMLInputElement && box.dataset.camera) choose(box.dataset.camera, box.checked);
  });
  const over = (/** @type {Event} */ event) => {
    const row = event.target instanceof Element ? event.target.closest("[data-camera]") : null;
    light(row instanceof HTMLElement ? (row.dataset.camera ?? "") : "");
  };
  list.addEventListener("focusin", over);
  list.addEventListener("mouseover", over);
  list.addEventListener("mouseleave", () => light(""));
  list.addEventListener("focusout", () => light(""));
}

/** The place asked about and its circle; where the page has fields for it, it can be moved.
 * @param {HTMLElement} host
 * @param {ShowData} data
 * @param {L.Map} map */
function addPlace(host, data, map) {
  let draw = () => {};
  const fields = new Fields(host, ["lat", "lon", "radius"], () => draw());
  const colour = () => palette(host)("--mp-place", "#a8071a");
  const circle = L.circle([0, 0], { radius: 1, interactive: false, fill: false, weight: 2, dashArray: "2 5" });
  const cross = L.circleMarker([0, 0], { radius: 5, interactive: false, weight: 3, fill: false });
  const pin = fields.has("lat") ? addPin(map, fields, data.texts, 5, () => draw()) : null;
  const put = () => {
    const given = /** @type {import("./geo.js").Place | null} */ (data.place ? [data.place.lat, data.place.lon] : null);
    const at = pin ? pin.at() : given;
    const radius = fields.get("radius") ?? data.place?.radius_m ?? 0;
    if (at && radius) circle.setLatLng(at).setRadius(radius).setStyle({ color: colour() }).addTo(map);
    else circle.remove();
    if (at && !pin) cross.setLatLng(at).setStyle({ color: colour() }).addTo(map);
  };
  draw = () => {
    put();
    if (pin) emit(host, "mp:pick", { lat: fields.get("lat"), lon: fields.get("lon"), radius: fields.get("radius") });
  };
  fields.inputs.forEach((input) => input.addEventListener("change", () => pin?.draw()));
  pin?.draw();
  put();
  onScheme(put);
}

/** @param {L.Map} map
 * @param {ShowData} data */
function frame(map, data) {
  if (data.view) return;
  const places = data.cameras.map((camera) => /** @type {[number, number]} */ ([camera.lat, camera.lon]));
  const bounds = L.latLngBounds(places);
  if (data.place) bounds.extend(L.latLng(data.place.lat, data.place.lon).toBounds(2 * (data.place.radius_m ?? 50)));
  if (bounds.isValid()) whenShown(map, () => map.fitBounds(bounds.pad(0.1), { maxZoom: 19, animate: false }));
}

/** @param {Record<string, string>} texts */
function legend(texts) {
  const rows = ["sees", "away", "none", "unverified"].filter((state) => texts[state]);
  const parts = rows.map((state) => make("li", {}, make("span", { class: `mp-swatch mp-${state}`, "aria-hidden": "true" }), texts[state] ?? ""));
  return make("ul", { class: "mp-legend" }, ...parts);
}
