/** Ask for the page again while something on it still goes on, and put its changed part in place of the old one: what is read or
 * focused stays where it is. Without this module the browser loads the page anew by itself. */

const EVERY_MS = 3000;

/** @param {ParentNode} page */
function partOf(page) {
  return /** @type {HTMLElement | null} */ (page.querySelector("[data-mp-live]"));
}

/** Return the part as the server tells it now; null when it did not answer, which is no reason to stop asking. */
async function asked() {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) return null;
    return partOf(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    return null;
  }
}

/** Tell whether somebody is just about to use a form or a link within. @param {HTMLElement} part */
function inUse(part) {
  return part.contains(document.activeElement);
}

async function look() {
  const part = partOf(document);
  if (!part || part.dataset.mpLive !== "yes") return;
  const fresh = document.hidden || inUse(part) ? null : await asked();
  if (fresh && !inUse(part)) {
    part.dataset.mpLive = fresh.dataset.mpLive ?? "no";
    if (fresh.textContent !== part.textContent) part.replaceChildren(...fresh.childNodes);
  }
  setTimeout(look, EVERY_MS);
}

setTimeout(look, EVERY_MS);
