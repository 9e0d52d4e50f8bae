/** How a camera looks on the map. State is told by shape as well as by colour: full, ring, crossed ring, dotted ring. */

import { palette } from "../dom.js";
import { L } from "./base.js";
import { wedge } from "./geo.js";

/** @typedef {"sees" | "away" | "none" | "unverified"} State
 * @typedef {{code: string, name: string, lat: number, lon: number, bearing_deg?: number | null, hfov_deg?: number | null,
 *   range_m?: number | null, state: State, text?: string, selected?: boolean}} Camera */

const COLOURS = /** @type {Record<State, [string, string]>} */ ({
  sees: ["--mp-sees", "#0b5394"],
  away: ["--mp-away", "#7a4b00"],
  none: ["--mp-none", "#4d5358"],
  unverified: ["--mp-none", "#4d5358"],
});

/** A circle with a cross through it where there is no footage. The library draws circles; the cross goes onto the same canvas. */
const Dot = /** @type {any} */ (L.CircleMarker).extend({
  _updatePath() {
    /** @type {any} */ (L.CircleMarker.prototype)._updatePath.call(this);
    const renderer = this._renderer;
    if (!this.options.crossed || !renderer._drawing || this._empty()) return;
    const { x, y } = this._point;
    const arm = this._radius * 0.7;
    const pen = renderer._ctx;
    pen.beginPath();
    pen.moveTo(x - arm, y - arm);
    pen.lineTo(x + arm, y + arm);
    pen.moveTo(x + arm, y - arm);
    pen.lineTo(x - arm, y + arm);
    pen.globalAlpha = 1;
    pen.lineWidth = 2;
    pen.strokeStyle = this.options.color;
    pen.setLineDash?.([]);
    pen.stroke();
  },
});

/** Return the layers of one camera and what gives them their look.
 * @param {Camera} camera
 * @returns {{dot: L.CircleMarker, view: L.Polygon | null, dress: (host: HTMLElement, selected: boolean, lit: boolean) => void}} */
export function mark(camera) {
  const at = /** @type {import("./geo.js").Place} */ ([camera.lat, camera.lon]);
  const { bearing_deg: bearing, hfov_deg: hfov, range_m: range } = camera;
  const known = bearing != null && hfov != null && range != null;
  const view = known ? L.polygon(wedge(at, bearing, hfov, range), { smoothFactor: 0.3 }) : null;
  const dot = /** @type {L.CircleMarker} */ (new Dot(at, { crossed: camera.state === "none" }));
  const dress = (/** @type {HTMLElement} */ host, /** @type {boolean} */ selected, /** @type {boolean} */ lit) => {
    const read = palette(host);
    const colour = read(...COLOURS[camera.state]);
    const paper = read("--paper", "#ffffff");
    const sees = camera.state === "sees";
    view?.setStyle({
      color: colour,
      weight: selected || lit ? 3 : 1,
      dashArray: sees ? "" : "4 4",
      fillColor: colour,
      fillOpacity: sees ? (selected ? 0.4 : 0.18) : 0.04,
    });
    dot.setStyle({
      color: selected || lit ? read("--focus", "#b36b00") : colour,
      weight: selected || lit ? 4 : 2,
      fillColor: sees ? colour : paper,
      fillOpacity: 1,
      dashArray: camera.state === "unverified" ? "3 3" : "",
    });
    dot.setRadius(selected || lit ? 9 : 7);
  };
  return { dot, view, dress };
}
