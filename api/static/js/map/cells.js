/** View `cells`: the ground by the share of time that it was seen and recorded, in classes; hatched where nobody looked. */

import { emit, fill, make, onScheme, palette } from "../dom.js";
import { L, addWords, createMap, whenShown } from "./base.js";

/** @typedef {{from: number, text: string}} CellClass shares from `from` on, up to the next class
 * @typedef {import("./base.js").MapData & {cells: GeoJSON.FeatureCollection, classes: CellClass[], value?: string, legend?: boolean}} CellsData without `legend` the page has its own */

/** ColorBrewer's YlGnBu: apart from each other for every kind of colour vision, and in grey. The same as .cell-1 to .cell-5 of tables. */
const SHADES = ["#ffffcc", "#a1dab4", "#41b6c4", "#2c7fb8", "#253494"];

/** Return the class of a share, or -1 where there was nothing.
 * @param {number} share
 * @param {CellClass[]} classes */
export function classOf(share, classes) {
  if (!(share > 0)) return -1;
  return Math.max(0, classes.findLastIndex((one) => share >= one.from));
}

/** @param {HTMLElement} host
 * @param {CellsData} data */
export function cells(host, data) {
  const map = createMap(host, data);
  const name = data.value ?? "recorded";
  const share = (/** @type {any} */ feature) => Number(feature?.properties?.[name] ?? 0);
  const style = (/** @type {any} */ feature) => {
    const at = classOf(share(feature), data.classes);
    const line = palette(host)("--mp-cell-line", "#ffffff");
    const none = at < 0;
    return { weight: 0.5, color: line, fillOpacity: none ? 1 : 0.85, fillColor: none ? hatch(host) : (SHADES[at] ?? SHADES[4]) };
  };
  // The API's answer has units, views and cameras among its features as well.
  const features = data.cells.features.filter((one) => (one.properties?.kind ?? "cell") === "cell");
  const layer = L.geoJSON(
    /** @type {GeoJSON.FeatureCollection} */ ({ type: "FeatureCollection", features }),
    {
      style: /** @type {any} */ (style),
      onEachFeature: (feature, one) => {
        const shown = (100 * share(feature)).toFixed(share(feature) > 0 && share(feature) < 0.1 ? 1 : 0);
        addWords(one, feature.properties?.text ?? fill(data.texts.share, { share: shown.replace(".", data.texts.decimal ?? ".") }));
        one.on("click", () => emit(host, "mp:cell", { id: feature.id ?? null, share: share(feature) }));
      },
    },
  ).addTo(map);
  if (!data.view && layer.getBounds().isValid()) whenShown(map, () => map.fitBounds(layer.getBounds(), { animate: false, maxZoom: 19 }));
  onScheme(() => layer.setStyle(/** @type {any} */ (style)));
  if (data.legend !== false) host.append(legend(data));
}

/** Return diagonal lines as the colour of an area: a canvas takes a pattern wherever it takes a colour.
 * @param {HTMLElement} host
 * @returns {any} */
function hatch(host) {
  const read = palette(host);
  const tile = make("canvas", { width: 8, height: 8 });
  const pen = /** @type {CanvasRenderingContext2D} */ (tile.getContext("2d"));
  pen.fillStyle = read("--paper", "#ffffff");
  pen.fillRect(0, 0, 8, 8);
  pen.strokeStyle = read("--hatch", "#8a9096");
  pen.lineWidth = 1.2;
  for (const shift of [-8, 0, 8]) {
    pen.moveTo(shift, 8);
    pen.lineTo(shift + 8, 0);
  }
  pen.stroke();
  return pen.createPattern(tile, "repeat");
}

/** @param {CellsData} data */
function legend(data) {
  const rows = [{ text: data.texts.none ?? "", kind: "mp-hatch" }, ...data.classes.map((one, n) => ({ text: one.text, kind: `mp-shade-${n + 1}` }))];
  const parts = rows.map((row) => make("li", {}, make("span", { class: `mp-swatch ${row.kind}`, "aria-hidden": "true" }), row.text));
  return make("ul", { class: "mp-legend" }, ...parts);
}
