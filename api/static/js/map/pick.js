/** View `pick`: say on the map where a camera or a place is and where it looks. The form's fields stay the truth. */

import { button, emit, fill, make, onScheme, palette } from "../dom.js";
import { L, createMap, elementMarker, whenShown } from "./base.js";
import { Fields } from "./fields.js";
import { ahead, bearingOf, direction, wedge } from "./geo.js";
import { addOthers, locateButton } from "./near.js";
import { addPin, captioned, moveButtons } from "./pin.js";

const NAMES = ["lat", "lon", "bearing", "hfov", "range", "radius"];
/** Until somebody says how wide and how far: what most small cameras see. Drawn, never written. */
const ASSUMED = { hfov: 80, range: 25 };
/** What is typed may be anything for a moment; the server says what is wrong with it. */
const FARTHEST_M = 2000;
/** The handle stays this far from the pin, or a finger would hold both. */
const HANDLE_PX = 56;

/** @typedef {import("./base.js").MapData & {directions: string[], step_m?: number, others?: import("./near.js").Other[], all?: boolean}} PickData
 * with `all` the map begins with all its boundaries */

/** @param {HTMLElement} host
 * @param {PickData} data */
export function pick(host, data) {
  const map = createMap(host, data);
  let draw = () => {};
  const fields = new Fields(host, NAMES, () => draw());
  const pin = addPin(map, fields, data.texts, data.step_m ?? 5, () => drawView());
  const turns = fields.has("bearing");
  const view = L.polygon([], { interactive: false, smoothFactor: 0.3 });
  const circle = L.circle([0, 0], { radius: 1, interactive: false, fill: false, dashArray: "4 4" });
  const handle = turns ? addHandle(map, fields, pin.at, data) : null;
  const told = make("p", { class: "mp-told", role: "status" });
  const compass = turns ? compassButtons(data, fields) : null;
  const moves = fields.fixed("lat") ? null : moveButtons(data.directions, data.texts.move ?? "", pin.move);
  const tools = make("div", { class: "mp-tools" }, ...(moves ? [moves] : []));
  // The place stands still where it was answered before; what is tapped then is what the camera looks at.
  if (!moves && turns) map.on("click", ({ latlng }) => look(fields, pin.at(), [latlng.lat, latlng.lng]));
  if (compass) tools.append(compass.group);
  host.append(told, tools);
  addOthers(map, host, data);
  if (host.dataset.locate && navigator.geolocation && isSecureContext) tools.before(locateButton(map, fields, told, data.texts));
  const within = (/** @type {"hfov" | "range"} */ name, /** @type {number} */ least, /** @type {number} */ most) =>
    Math.min(Math.max(fields.get(name) ?? ASSUMED[name], least), most);
  const drawView = () => {
    const at = pin.at();
    const [bearing, radius] = [fields.get("bearing"), fields.get("radius")];
    const colour = palette(host)("--mp-sees", "#0b5394");
    if (at && bearing !== null && turns) {
      const [hfov, range] = [within("hfov", 1, 360), within("range", 1, FARTHEST_M)];
      view.setLatLngs(wedge(at, bearing, hfov, range)).setStyle({ color: colour, weight: 2, fillOpacity: 0.25 }).addTo(map);
    } else view.remove();
    if (at && radius) circle.setLatLng(at).setRadius(radius).setStyle({ color: colour }).addTo(map);
    else circle.remove();
    handle?.draw(at);
  };
  draw = () => {
    pin.draw();
    drawView();
    compass?.draw();
    // On the ground that a page shows all of, a tap comes first: there is nothing yet that could be moved.
    if (moves) moves.hidden = Boolean(data.all) && !fields.place();
    told.textContent = words(fields, data);
    write(host, fields);
    emit(host, "mp:pick", Object.fromEntries(NAMES.map((name) => [name, fields.get(name)])));
  };
  map.on("zoomend", drawView);
  onScheme(drawView);
  const place = fields.place();
  if (place) map.setView(place, data.view?.zoom ?? 18);
  else if (data.all && data.boundaries) {
    const bounds = L.geoJSON(data.boundaries).getBounds();
    if (bounds.isValid()) whenShown(map, () => map.fitBounds(bounds, { animate: false }));
  }
  draw();
}

/** Turn the camera to what was tapped.
 * @param {Fields} fields
 * @param {import("./geo.js").Place | null} from
 * @param {import("./geo.js").Place} to */
function look(fields, from, to) {
  if (from) fields.set({ bearing: Math.round(bearingOf(from, to)) % 360 });
}

/** Write the place as it can be typed into the field that data-into names, where people read what will be asked.
 * @param {HTMLElement} host
 * @param {Fields} fields */
function write(host, fields) {
  const into = document.getElementById(host.dataset.into ?? "");
  const place = fields.place();
  if (into instanceof HTMLInputElement && place) into.value = place.map((degrees) => degrees.toFixed(6)).join(", ");
}

/** @param {Fields} fields
 * @param {PickData} data */
function words(fields, data) {
  const place = fields.place();
  if (!place) return data.texts.nowhere ?? "";
  const bearing = fields.get("bearing");
  const where = fill(data.texts.at, { lat: place[0].toFixed(6), lon: place[1].toFixed(6) });
  if (bearing === null || !fields.has("bearing")) return where;
  const looks = fill(data.texts.looks, { direction: data.directions[direction(bearing)] ?? "", bearing: Math.round(bearing) });
  return `${where} ${looks}`;
}

/** A handle at the end of the view: dragged about the pin it turns the camera, and so do arrow keys.
 * @param {L.Map} map
 * @param {Fields} fields
 * @param {() => import("./geo.js").Place | null} centre
 * @param {PickData} data */
function addHandle(map, fields, centre, data) {
  const shape = make("div", {
    class: "mp-handle",
    role: "slider",
    tabindex: 0,
    "aria-label": data.texts.turn ?? "",
    "aria-valuemin": 0,
    "aria-valuemax": 359,
  });
  const marker = elementMarker([0, 0], shape, 32);
  let held = false;
  const turn = (/** @type {number} */ bearing) => fields.set({ bearing: ((Math.round(bearing) % 360) + 360) % 360 });
  marker.on("dragstart", () => (held = true));
  marker.on("drag", () => {
    const [from, to] = [centre(), marker.getLatLng()];
    if (from) turn(bearingOf(from, [to.lat, to.lng]));
  });
  const draw = (/** @type {import("./geo.js").Place | null} */ at) => {
    if (!at) {
      marker.remove();
      return;
    }
    const bearing = fields.get("bearing") ?? 0;
    const metresPerPixel = (40075016.7 * Math.cos((at[0] * Math.PI) / 180)) / 2 ** (map.getZoom() + 8);
    // Not beyond the picture either, however far the camera sees.
    const farthest = Math.max(HANDLE_PX, Math.min(map.getSize().x, map.getSize().y) / 2 - 20) * metresPerPixel;
    const away = Math.min(Math.max(fields.get("range") ?? ASSUMED.range, HANDLE_PX * metresPerPixel), farthest);
    // While it is held it follows the finger; it snaps to its distance when it is let go.
    if (!held) marker.setLatLng(ahead(at, bearing, away)).addTo(map);
    shape.setAttribute("aria-valuenow", String(Math.round(bearing)));
    shape.setAttribute("aria-valuetext", `${data.directions[direction(bearing)] ?? ""} ${Math.round(bearing)}°`);
    shape.classList.toggle("mp-unset", fields.get("bearing") === null);
  };
  marker.on("dragend", () => {
    held = false;
    draw(centre());
  });
  shape.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 5, ArrowUp: 5, ArrowLeft: -5, ArrowDown: -5, PageUp: 45, PageDown: -45 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    turn((fields.get("bearing") ?? 0) + by);
  });
  return { draw };
}

/** Eight buttons about a middle; the one that the camera looks to is pressed.
 * @param {PickData} data
 * @param {Fields} fields */
function compassButtons(data, fields) {
  const eight = data.directions.map((word, n) =>
    button(word, () => fields.set({ bearing: n * 45 }), { "data-arrow": n, "data-turn": n * 45, "aria-pressed": "false" }),
  );
  const group = captioned("mp-compass", data.texts.turn ?? "", eight);
  const draw = () => {
    const bearing = fields.get("bearing");
    eight.forEach((one, n) => one.setAttribute("aria-pressed", String(bearing !== null && direction(bearing) === n)));
  };
  return { group, draw };
}
