/** The clock on the wall of the service: every time that a page shows is in its zone, wherever the browser stands. Pure. */

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const two = (/** @type {number} */ value) => String(value).padStart(2, "0");

/** Return milliseconds since 1970 (UTC) of a time of the API. Throws on one without offset: it would mean the browser's zone.
 * @param {string} text
 * @returns {number} */
export function instant(text) {
  const at = /(Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(at)) throw new Error(`not a time with offset: ${text}`);
  return at;
}

export class Wall {
  /** @param {number} offsetMinutes of the service's zone, east of Greenwich; Vietnam's is 420 all year */
  constructor(offsetMinutes) {
    this.shift = offsetMinutes * MINUTE;
    const away = Math.abs(offsetMinutes);
    this.zone = `${offsetMinutes < 0 ? "-" : "+"}${two(Math.floor(away / 60))}:${two(away % 60)}`;
  }

  /** HH:MM:SS, or HH:MM:SS.mmm.
   * @param {number} at
   * @param {number} [digits] of the second, 0 to 3 */
  time(at, digits = 0) {
    const moved = new Date(Math.floor(at) + this.shift);
    const whole = `${two(moved.getUTCHours())}:${two(moved.getUTCMinutes())}:${two(moved.getUTCSeconds())}`;
    return digits ? `${whole}.${String(moved.getUTCMilliseconds()).padStart(3, "0").slice(0, digits)}` : whole;
  }

  /** dd/mm/yyyy. @param {number} at */
  date(at) {
    const moved = new Date(Math.floor(at) + this.shift);
    return `${two(moved.getUTCDate())}/${two(moved.getUTCMonth() + 1)}/${moved.getUTCFullYear()}`;
  }

  /** HH:MM:SS dd/mm/yyyy (+07:00). @param {number} at */
  full(at) {
    return `${this.time(at)} ${this.date(at)} (${this.zone})`;
  }

  /** RFC 3339 with the service's offset; milliseconds only when there are some. @param {number} at */
  iso(at) {
    const text = new Date(Math.round(at) + this.shift).toISOString().slice(0, -1);
    return `${text.endsWith(".000") ? text.slice(0, -4) : text}${this.zone}`;
  }

  /** Midnight of the day of `at`. @param {number} at */
  midnight(at) {
    return Math.floor((at + this.shift) / DAY) * DAY - this.shift;
  }

  /** Return the instant of a typed time (21:04:30, 21:04, 210430) that is nearest to `near` within [from, to], or null.
   * @param {string} text
   * @param {number} near
   * @param {number} from
   * @param {number} to
   * @returns {number | null} */
  typed(text, near, from, to) {
    const found = /^(\d{1,2})[:.h ]?(\d{2})(?:[:. ]?(\d{2})(?:[.,](\d{1,3}))?)?$/.exec(text.trim());
    if (!found) return null;
    const [hour, minute, second] = [1, 2, 3].map((at) => Number(found[at] ?? 0));
    if (hour === undefined || minute === undefined || second === undefined) return null;
    if (hour > 23 || minute > 59 || second > 59) return null;
    const within = hour * HOUR + minute * MINUTE + second * SECOND + Number((found[4] ?? "").padEnd(3, "0"));
    let best = null;
    for (let day = this.midnight(from); day <= to; day += DAY) {
      const at = day + within;
      if (at >= from && at <= to && (best === null || Math.abs(at - near) < Math.abs(best - near))) best = at;
    }
    return best;
  }
}
