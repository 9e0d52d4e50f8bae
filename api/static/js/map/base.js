/** The only module that knows the map library: another one would be put in here. Nothing is fetched that the page does not name. */

import "../../vendor/leaflet-1.9.4/leaflet.js";
import { make, palette } from "../dom.js";

export const L = window.L;

/**
 * @typedef {object} MapData what every map is told
 * @property {Record<string, string>} texts
 * @property {{lat: number, lon: number, zoom?: number}} [view] where to begin
 * @property {GeoJSON.GeoJsonObject} [boundaries] outlines of units
 * @property {{url?: string, attribution?: string, max_zoom?: number, geojson?: GeoJSON.GeoJsonObject}} [base] ground to draw on
 */

/** Put a map into `host` and return it: grey ground, scale, zoom buttons, the page's outlines; keys move it while it has the focus.
 * @param {HTMLElement} host
 * @param {MapData} data
 * @returns {L.Map} */
export function createMap(host, data) {
  const texts = data.texts;
  const room = make("div", { class: "mp-map-room", role: "application", "aria-label": texts.label ?? "", tabindex: 0 });
  host.append(room);
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const map = L.map(room, {
    preferCanvas: true,
    // A finger is wider than a dot.
    renderer: L.canvas({ tolerance: matchMedia("(pointer: coarse)").matches ? 14 : 6, padding: 0.3 }),
    zoomControl: false,
    attributionControl: false,
    scrollWheelZoom: false,
    zoomSnap: 0.5,
    zoomAnimation: !still,
    fadeAnimation: false,
    inertia: !still,
  });
  map.setView([data.view?.lat ?? 0, data.view?.lon ?? 0], data.view?.zoom ?? 17);
  L.control.zoom({ zoomInTitle: texts.zoom_in, zoomOutTitle: texts.zoom_out }).addTo(map);
  L.control.scale({ imperial: false, maxWidth: 140 }).addTo(map);
  // The wheel scrolls the page until somebody works with the map.
  room.addEventListener("focus", () => map.scrollWheelZoom.enable());
  room.addEventListener("blur", () => map.scrollWheelZoom.disable());
  new ResizeObserver(() => map.invalidateSize({ pan: false })).observe(room);
  addGround(map, host, data);
  // Looked at by tests and benchmarks; pages have no use for it.
  /** @type {any} */ (host).mpMap = map;
  return map;
}

/** @param {L.Map} map
 * @param {HTMLElement} host
 * @param {MapData} data */
function addGround(map, host, data) {
  const base = data.base;
  if (base?.url) {
    L.tileLayer(base.url, { maxZoom: 22, maxNativeZoom: base.max_zoom ?? 19 }).addTo(map);
  }
  if (base?.attribution) {
    const control = new L.Control({ position: "bottomright" });
    control.onAdd = () => make("div", { class: "mp-attribution" }, base.attribution ?? "");
    control.addTo(map);
  }
  const colour = palette(host);
  const ground = { interactive: false, weight: 1, fill: false, color: colour("--mp-ground-line", "#8a9096") };
  if (base?.geojson) L.geoJSON(base.geojson, { style: ground, pointToLayer: (_, at) => L.circleMarker(at, { ...ground, radius: 2 }) }).addTo(map);
  if (data.boundaries) {
    // Above what is drawn of the ground: cells and fields of view would hide it. Solid: neighbours share an edge, and two dashed
    // lines over each other are a solid one here and there.
    const above = map.createPane("mp-boundaries");
    above.style.zIndex = "450";
    above.style.pointerEvents = "none";
    const style = { ...ground, weight: 1.5, color: colour("--mp-boundary", "#4d5358") };
    L.geoJSON(data.boundaries, { pane: "mp-boundaries", style, onEachFeature: (feature, layer) => addName(layer, feature.properties?.name) }).addTo(map);
  }
}

/** Write the name of a unit into its middle. What is pointed at goes before it.
 * @param {L.Layer} layer
 * @param {unknown} name */
function addName(layer, name) {
  if (typeof name !== "string" || !name) return;
  layer.bindTooltip(() => make("span", {}, name), { permanent: true, direction: "center", interactive: false, className: "mp-unit-name", opacity: 1 });
}

/** Choose what is on display now, or, on a part of the page that is folded away, when it is opened: a map without a size has no zoom.
 * @param {L.Map} map
 * @param {() => void} fit */
export function whenShown(map, fit) {
  const room = map.getContainer();
  if (room.clientWidth) {
    fit();
    return;
  }
  const watcher = new ResizeObserver(() => {
    if (!room.clientWidth) return;
    watcher.disconnect();
    map.invalidateSize({ pan: false });
    fit();
  });
  watcher.observe(room);
}

/** Return a marker made of an element: it can be dragged unless it stands still, and has the focus when the page says so.
 * @param {import("./geo.js").Place} at
 * @param {HTMLElement} element
 * @param {number} side in pixels
 * @param {boolean} [draggable]
 * @returns {L.Marker} */
export function elementMarker(at, element, side, draggable = true) {
  const icon = L.divIcon({ html: element, className: "mp-marker", iconSize: [side, side] });
  return L.marker(at, { icon, draggable, keyboard: false, autoPan: true });
}

/** Show words beside a layer; they are text, whatever they contain.
 * @param {L.Layer} layer
 * @param {string} words */
export function addWords(layer, words) {
  layer.bindTooltip(() => make("span", {}, words), { sticky: true, opacity: 1 });
}
