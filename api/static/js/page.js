// What every page does where there is JavaScript: it prints, keeps what was typed while the language changes, and has a word to say without a network.

const KEY = "mp-typed";
const FRESH_MS = 60_000;

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Field */
/** @typedef {{at: number, path: string, values: [string, number, string, boolean][]}} Typed */

/** Fields of the page's forms that people fill in. Never what opens a door: passwords, codes, addresses with a password in them. */
function fields() {
  const all = /** @type {Field[]} */ ([...document.querySelectorAll("main input, main select, main textarea")]);
  return all.filter((one) => one.name && !["password", "file", "hidden"].includes(one.type) && !isSecret(one));
}

/** @param {Field} field */
function isSecret(field) {
  const form = field.form?.querySelector("input[type=password], input[autocomplete=one-time-code]");
  return form != null || /:\/\/[^/]*@/.test(field.value);
}

/** @param {Field} field */
function isTicked(field) {
  return field instanceof HTMLInputElement && (field.type === "checkbox" || field.type === "radio");
}

/** Keep what is typed for the page in the other language: in this tab, until it is shown, and never longer than a minute. */
function keepTyped() {
  for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form.languages"))) {
    form.addEventListener("submit", () => {
      const back = String(new FormData(form).get("back") ?? "/");
      /** @type {Map<string, number>} */
      const seen = new Map();
      /** @type {Typed["values"]} */
      const values = fields().map((one) => {
        const place = seen.get(one.name) ?? 0;
        seen.set(one.name, place + 1);
        return [one.name, place, one.value, one instanceof HTMLInputElement && one.checked];
      });
      sessionStorage.setItem(KEY, JSON.stringify({ at: Date.now(), path: new URL(back, location.href).pathname, values }));
    });
  }
}

function putBack() {
  const kept = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  if (kept === null) return;
  const typed = /** @type {Typed} */ (JSON.parse(kept));
  if (typed.path !== location.pathname || Math.abs(Date.now() - typed.at) > FRESH_MS) return;
  const all = fields();
  for (const [name, place, value, checked] of typed.values) {
    const field = all.filter((one) => one.name === name)[place];
    if (field === undefined) continue;
    if (isTicked(field)) {
      if (/** @type {HTMLInputElement} */ (field).checked === checked || field.value !== value) continue;
      /** @type {HTMLInputElement} */ (field).checked = checked;
    } else {
      if (field.value === value) continue;
      field.value = value;
    }
    field.closest("details")?.setAttribute("open", "");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

function offerPrint() {
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("button[data-print]"))) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}

putBack();
keepTyped();
offerPrint();
if ("serviceWorker" in navigator) {
  const language = document.documentElement.lang;
  const workers = navigator.serviceWorker;
  workers
    .register(`/service-worker.js?language=${language}`)
    .then(() => workers.ready)
    .then(({ active }) => {
      // A page that was on its way when the worker took over is one that nobody looks after: it asks for it.
      if (workers.controller !== active) active?.postMessage("claim");
    })
    .catch(() => {
      // Without one the browser says itself that there is no network.
    });
}
