/** The tiles and their controls over the whole screen, where the browser lets them. */

import { button } from "../dom.js";

/** Return the button for it, or null where it would do nothing: telephones that give the whole screen to single videos only.
 * @param {HTMLElement} host
 * @param {Record<string, string>} texts */
export function wholeScreen(host, texts) {
  if (!document.fullscreenEnabled) return null;
  const made = button("", () => {
    // Refused where the page lies in a frame, or twice in a row: it stays as it is, and so does the button.
    const asked = document.fullscreenElement === host ? document.exitFullscreen() : host.requestFullscreen();
    asked.catch(() => {});
  }, { "data-act": "screen", "aria-label": texts.screen ?? "", title: texts.screen ?? "", "aria-pressed": "false", "aria-keyshortcuts": "f" });
  made.classList.add("mp-screen"); // its sign is drawn: fonts of cheap machines have none for it
  document.addEventListener("fullscreenchange", () => made.setAttribute("aria-pressed", String(document.fullscreenElement === host)));
  return made;
}
