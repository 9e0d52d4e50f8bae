/** What a tile may play and what it says where there is nothing. Times are milliseconds since 1970. Pure. */

import { fill } from "../dom.js";
import { instant } from "../wall.js";

/**
 * @typedef {object} Part a file that shows [from, to) of the wall
 * @property {number} from
 * @property {number} to
 * @property {string} url
 * @property {number} offset media time in seconds at which `from` is shown
 * @property {string | null} viewing another file of the same pictures, for browsers that cannot decode the first
 * @property {boolean} other the other file is in use
 * @property {string | null} copy where copies of it are, when the first is one already
 * @property {{url: string, offset: number}} first as the page gave them; a copy may begin elsewhere for a while
 * @property {boolean} heard its file has sound that browsers play
 * @property {string | null} sound where its sound is alone, when browsers may not play that of its file
 * @property {boolean} failed
 * @property {boolean} again another try may help
 * @typedef {{from: number, to: number, text: string}} Gap
 */

/** @param {any[]} told
 * @returns {Part[]} */
export function partsOf(told) {
  return told
    .map((one) => ({
      from: instant(one.from),
      to: instant(one.to),
      url: String(one.url),
      offset: one.offset ?? 0,
      viewing: one.viewing_url ?? null,
      other: false,
      copy: typeof one.copy === "string" ? one.copy : null,
      first: { url: String(one.url), offset: one.offset ?? 0 },
      heard: Boolean(one.heard),
      sound: typeof one.sound === "string" ? one.sound : null,
      failed: false,
      again: false,
    }))
    .sort((a, b) => a.from - b.from);
}

/** @param {any[] | undefined} told
 * @returns {Gap[]} */
export function gapsOf(told) {
  return (told ?? []).map((one) => ({ from: instant(one.from), to: instant(one.to), text: one.text ?? "" })).sort((a, b) => a.from - b.from);
}

/** Return the media time of an instant. @param {Part} part
 * @param {number} at */
export function mediaTime(part, at) {
  return (at - part.from) / 1000 + part.offset;
}

/** Return the instant of a media time. @param {Part} part
 * @param {number} seconds */
export function wallTime(part, seconds) {
  return part.from + (seconds - part.offset) * 1000;
}

/** Return the words of a tile without a picture at `at`.
 * @param {number} at
 * @param {Part[]} parts
 * @param {Gap[]} gaps
 * @param {{ended: string | undefined, texts: Record<string, string>, wall: import("../wall.js").Wall}} more */
export function nothingThere(at, parts, gaps, { ended, texts, wall }) {
  const last = parts.at(-1);
  const gap = gaps.find((one) => one.from <= at && one.to > at);
  if (gap) return fill(texts.gap_here, { from: wall.time(gap.from), to: wall.time(gap.to), reason: gap.text });
  if (last && at >= last.to) return ended ?? texts.outside ?? "";
  return texts.outside ?? "";
}
