/** Copies for viewing. One that is being made comes as a stream: it shows what has come, and no player can seek in it. */

import { instant } from "../wall.js";
import { mediaTime } from "./parts.js";

/** What comes within this is waited for. */
const SOON_S = 10;

/** @typedef {import("./parts.js").Part} Part
 * @typedef {"stay" | "anew" | "jump"} Way */

/** Tell how a copy comes to show a media time that it does not show: by opening it anew, since all of it has come and it can be sought
 * in then; by another that begins there; or by itself.
 * @param {Part} part
 * @param {HTMLVideoElement} video
 * @param {number} wanted
 * @returns {Way} */
export function wayTo(part, video, wanted) {
  const { seekable, buffered } = video;
  if (!(part.copy || part.other) || video.readyState < 2) return "stay";
  if (part.url === part.first.url && seekable.length && seekable.end(seekable.length - 1) > 0) return "stay";
  const come = buffered.length ? buffered.end(buffered.length - 1) : 0;
  if (wanted >= 0 && seekable.length && seekable.end(seekable.length - 1) >= wanted) return "stay";
  if (part.copy && (wanted < 0 || wanted > come + SOON_S)) return "jump";
  return video.networkState === HTMLMediaElement.NETWORK_IDLE && wanted >= 0 ? "anew" : "stay";
}

/** Return the copy that begins at `at`, and when its first picture was taken; null when there is none.
 * @param {string} copy
 * @param {string} at
 * @param {string} [end] where it ends, if not with its clip
 * @returns {Promise<{url: string, from: number} | null>} */
export async function beginningAt(copy, at, end) {
  const url = `${copy}?from=${encodeURIComponent(at)}${end ? `&to=${encodeURIComponent(end)}` : ""}`;
  const answer = await fetch(url, { method: "HEAD", credentials: "same-origin" });
  const told = answer.headers.get("Viewing-From");
  return answer.ok && told ? { url, from: instant(told) } : null;
}

/** Let `part` be shown by a copy that begins at `at`. Tells whether there is one.
 * @param {Part} part
 * @param {number} at
 * @param {import("../wall.js").Wall} wall
 * @returns {Promise<boolean>} */
export async function beginAt(part, at, wall) {
  const found = part.copy ? await beginningAt(part.copy, wall.iso(at)).catch(() => null) : null;
  if (!found) return false;
  part.url = found.url;
  part.offset = (part.from - found.from) / 1000;
  return true;
}

/** Let `part` be shown by its own file again; tell whether it was not.
 * @param {Part} part */
export function asAtFirst(part) {
  const other = part.url !== part.first.url;
  Object.assign(part, part.first);
  return other;
}

/** @param {Part} part
 * @param {number} at */
export const notBefore = (part, at) => Math.max(0, mediaTime(part, at));
