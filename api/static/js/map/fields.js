/** Fields of a form as the truth of a map: read as they are, written as if somebody had typed. */

import { numberIn } from "./geo.js";

/** Decimals that are written: of degrees about a centimetre's tenth, of everything else whole numbers. */
const DIGITS = /** @type {Record<string, number>} */ ({ lat: 6, lon: 6 });

export class Fields {
  /** @param {HTMLElement} host whose data-lat, data-lon, … name the fields by id
   * @param {string[]} names
   * @param {() => void} changed called whenever any of them changes, whoever changed it */
  constructor(host, names, changed) {
    /** @type {Map<string, HTMLInputElement | HTMLSelectElement>} */
    this.inputs = new Map();
    for (const name of names) {
      const found = document.getElementById(host.dataset[name] ?? "");
      if (!(found instanceof HTMLInputElement || found instanceof HTMLSelectElement)) continue;
      this.inputs.set(name, found);
      found.addEventListener("input", changed);
      found.addEventListener("change", changed);
    }
  }

  /** @param {string} name */
  has(name) {
    return this.inputs.has(name);
  }

  /** Tell whether a field is only read here: it is answered elsewhere.
   * @param {string} name */
  fixed(name) {
    const input = this.inputs.get(name);
    return input instanceof HTMLInputElement && input.readOnly;
  }

  /** Return the number in a field, or null when there is none.
   * @param {string} name */
  get(name) {
    return numberIn(this.inputs.get(name)?.value ?? "");
  }

  /** Return the place, or null while it is not given or not on earth.
   * @returns {import("./geo.js").Place | null} */
  place() {
    const [lat, lon] = [this.get("lat"), this.get("lon")];
    return lat === null || lon === null || Math.abs(lat) > 85 || Math.abs(lon) > 180 ? null : [lat, lon];
  }

  /** Write several fields, then tell of it once for each, so that nobody sees half of a place.
   * @param {Record<string, number>} values */
  set(values) {
    const written = [];
    for (const [name, value] of Object.entries(values)) {
      const input = this.inputs.get(name);
      if (!input || input.disabled || (input instanceof HTMLInputElement && input.readOnly)) continue;
      input.value = value.toFixed(DIGITS[name] ?? 0);
      written.push(input);
    }
    for (const input of written) {
      input.dispatchEvent(new Event("input", { bubbles: true }));
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }
}
