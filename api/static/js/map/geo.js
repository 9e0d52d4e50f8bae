/** Places, bearings and views on a sphere: exact to centimetres over the few hundred metres that a camera sees. Pure. */

const EARTH_M = 6371008.8;
const RAD = Math.PI / 180;

/** @typedef {[number, number]} Place latitude and longitude in degrees */

/** Return the place `metres` from `from` towards `bearing` (degrees from north, clockwise).
 * @param {Place} from
 * @param {number} bearing
 * @param {number} metres
 * @returns {Place} */
export function ahead([lat, lon], bearing, metres) {
  const arc = metres / EARTH_M;
  const [phi, theta] = [lat * RAD, bearing * RAD];
  const to = Math.asin(Math.sin(phi) * Math.cos(arc) + Math.cos(phi) * Math.sin(arc) * Math.cos(theta));
  const turn = Math.atan2(Math.sin(theta) * Math.sin(arc) * Math.cos(phi), Math.cos(arc) - Math.sin(phi) * Math.sin(to));
  return [to / RAD, lon + turn / RAD];
}

/** Return the bearing from one place to another, 0 to 360.
 * @param {Place} from
 * @param {Place} to */
export function bearingOf([lat, lon], [toLat, toLon]) {
  const turn = (toLon - lon) * RAD;
  const east = Math.sin(turn) * Math.cos(toLat * RAD);
  const north = Math.cos(lat * RAD) * Math.sin(toLat * RAD) - Math.sin(lat * RAD) * Math.cos(toLat * RAD) * Math.cos(turn);
  return (Math.atan2(east, north) / RAD + 360) % 360;
}

/** Return the outline of a view: the camera's place and an arc, or a whole circle.
 * @param {Place} at
 * @param {number} bearing
 * @param {number} hfov
 * @param {number} range
 * @returns {Place[]} */
export function wedge(at, bearing, hfov, range) {
  const steps = Math.max(2, Math.ceil(hfov / 6));
  const arc = Array.from({ length: steps + 1 }, (_, n) => ahead(at, bearing - hfov / 2 + (hfov * n) / steps, range));
  return hfov >= 360 ? arc : [at, ...arc];
}

/** Return which of the eight directions a bearing is, north first.
 * @param {number} bearing */
export function direction(bearing) {
  return Math.round((((bearing % 360) + 360) % 360) / 45) % 8;
}

/** Return the number in a field, with point or comma, or null.
 * @param {string} text */
export function numberIn(text) {
  const value = Number(text.trim().replace(",", "."));
  return text.trim() && Number.isFinite(value) ? value : null;
}
