/** What every island needs of the page: its data, elements without markup from strings, events, colours. */

/** Return what the JSON block that `host` names in data-mp-data says; an island without one has no texts and is a mistake.
 * @param {HTMLElement} host
 * @returns {any} */
export function dataOf(host) {
  const block = document.getElementById(host.dataset.mpData ?? "");
  if (!block) throw new Error(`no data block ${host.dataset.mpData}`);
  return JSON.parse(block.textContent ?? "{}");
}

/** Return a new element. Values are attributes, but functions are listeners, and true and false are presence; children that are
 * strings become text.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | number | boolean | null | undefined | ((event: any) => void)>} [values]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[K]} */
export function make(tag, values = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(values)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, String(value));
  }
  made.append(...children);
  return made;
}

/** Return a button that does not send the form it stands in.
 * @param {string} text
 * @param {(event: Event) => void} act
 * @param {Record<string, string | number | boolean>} [values] */
export function button(text, act, values = {}) {
  return make("button", { type: "button", class: "mp-button", click: act, ...values }, text);
}

/** Tell whoever listens on `host` or above it.
 * @param {EventTarget} host
 * @param {string} name
 * @param {unknown} detail */
export function emit(host, name, detail) {
  host.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
}

/** Fill `{name}` in a text of the server.
 * @param {string | undefined} text
 * @param {Record<string, string | number>} values */
export function fill(text, values) {
  return (text ?? "").replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** Return a reader of the page's custom properties as they are now, dark or light; a canvas cannot name them itself.
 * @param {HTMLElement} host
 * @returns {(name: string, otherwise: string) => string} */
export function palette(host) {
  const style = getComputedStyle(host);
  return (name, otherwise) => style.getPropertyValue(name).trim() || otherwise;
}

/** Call `act` whenever the colours of the page change between dark and light.
 * @param {() => void} act */
export function onScheme(act) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", act);
}

/** Return a call that runs `act` once before the next picture, however often it is called until then.
 * @param {() => void} act
 * @returns {() => void} */
export function oncePerFrame(act) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      act();
    });
  };
}

/** Tell whether keys typed now belong to a field and not to the island.
 * @param {Event} event */
export function isTyping(event) {
  const at = event.target;
  if (!(at instanceof HTMLElement)) return false;
  if (at instanceof HTMLInputElement) return !["range", "checkbox", "radio", "button", "submit"].includes(at.type);
  return at instanceof HTMLTextAreaElement || at instanceof HTMLSelectElement || at.isContentEditable;
}

/** Start an island on each element that asks for it, once; a module is run after the page is parsed.
 * @param {string} selector
 * @param {(host: HTMLElement) => void} build */
export function start(selector, build) {
  for (const host of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(selector))) {
    if (host.dataset.mpReady !== undefined) continue;
    host.dataset.mpReady = "";
    build(host);
  }
}
