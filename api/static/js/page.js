// What every page does where there is JavaScript: it prints, keeps what was typed while the language changes, and has a word to say without a network.

const KEY = "mp-typed";
const SENT = "mp-sent";
const FRESH_MS = 60_000;
const SENT_MS = 600_000;

/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Field */
/** @typedef {{at: number, path: string, values: [string, number, string, boolean][]}} Typed */
/** @typedef {Typed & {who: string, lost: boolean}} Sent */

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

/** What stands in the fields now, to be put back on the page at `path`. @param {string} path @returns {Typed} */
function typedFor(path) {
  /** @type {Map<string, number>} */
  const seen = new Map();
  /** @type {Typed["values"]} */
  const values = fields().map((one) => {
    const place = seen.get(one.name) ?? 0;
    seen.set(one.name, place + 1);
    return [one.name, place, one.value, one instanceof HTMLInputElement && one.checked];
  });
  return { at: Date.now(), path: new URL(path, location.href).pathname, values };
}

/** Keep what is typed for the page in the other language: in this tab, until it is shown, and never longer than a minute. */
function keepTyped() {
  for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form.languages"))) {
    form.addEventListener("submit", () => {
      const back = String(new FormData(form).get("back") ?? "/");
      sessionStorage.setItem(KEY, JSON.stringify(typedFor(back)));
    });
  }
}

/** Who is signed in here, as the page says it; empty for nobody. */
function who() {
  return document.body.dataset.mpWho ?? "";
}

/** Keep what is sent, in case the session is over: in this tab, for the same person, until the next page says that it arrived. */
function keepSent() {
  if (who() === "") return;
  for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("main form[method=post]"))) {
    form.addEventListener("submit", () => {
      /** @type {Sent} */
      const sent = { ...typedFor(document.body.dataset.mpHere ?? "/"), who: who(), lost: false };
      sessionStorage.setItem(SENT, JSON.stringify(sent));
    });
  }
}

/** Put back what was sent in vain once the same person has signed in again; anybody else, and any other page, removes it. */
function putSentBack() {
  const kept = sessionStorage.getItem(SENT);
  sessionStorage.removeItem(SENT);
  if (kept === null) return;
  const sent = /** @type {Sent} */ (JSON.parse(kept));
  const left = SENT_MS - Math.abs(Date.now() - sent.at);
  if (left <= 0 || (who() !== "" && who() !== sent.who)) return;
  const lost = sent.lost || document.querySelector("[data-mp-lost]") !== null;
  if (lost && location.pathname.startsWith("/sign-in")) {
    sessionStorage.setItem(SENT, JSON.stringify({ ...sent, lost }));
    setTimeout(() => sessionStorage.removeItem(SENT), left);
  } else if (lost && who() !== "" && sent.path === location.pathname) fill(sent);
}

function putBack() {
  const kept = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  if (kept === null) return;
  const typed = /** @type {Typed} */ (JSON.parse(kept));
  if (typed.path === location.pathname && Math.abs(Date.now() - typed.at) <= FRESH_MS) fill(typed);
}

/** @param {Typed} typed */
function fill(typed) {
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

/** What is said of fields, in the language of the page and not in that of the browser. @type {Record<string, string>} */
const words = JSON.parse(document.body.dataset.mpWords ?? "{}");

/** @param {Field} field */
function whatIsWrong(field) {
  if (field.validity.valueMissing) return field instanceof HTMLSelectElement || isTicked(field) ? words.choose : words.required;
  if (field.validity.tooShort) return (words.short ?? "").replace("{least}", field.getAttribute("minlength") ?? "");
  return "";
}

/** Say in our words what a field lacks before a form is sent. */
function sayWhatIsWrong() {
  document.addEventListener(
    "invalid",
    (event) => {
      const field = /** @type {Field} */ (event.target);
      if (!field.validity.customError) field.setCustomValidity(whatIsWrong(field) ?? "");
    },
    true,
  );
  for (const kind of ["input", "change"]) {
    document.addEventListener(kind, (event) => {
      const field = /** @type {Field} */ (event.target);
      // Of radio buttons each is told, so each forgets it.
      for (const one of isTicked(field) ? document.getElementsByName(field.name) : [field])
        /** @type {Field} */ (one).setCustomValidity?.("");
    });
  }
}

/** What was wrong with a field is no longer said once it is filled in anew; the server says what is wrong with that. @param {string} id */
function forget(id) {
  const fault = document.getElementById(`${id}-fault`);
  if (fault === null) return;
  fault.closest(".wrong")?.classList.remove("wrong");
  fault.remove();
  const field = document.getElementById(id);
  const rest = (field?.getAttribute("aria-describedby") ?? "").split(" ").filter((one) => one !== `${id}-fault`);
  if (rest.join("")) field?.setAttribute("aria-describedby", rest.join(" "));
  else field?.removeAttribute("aria-describedby");
  field?.removeAttribute("aria-invalid");
  const list = document.getElementById("wrong");
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (list?.querySelectorAll("li a") ?? []))
    if (link.getAttribute("href") === `#${id}`) link.closest("li")?.remove();
  if (list && !list.querySelector("li")) list.remove();
}

function forgetWhatWasMended() {
  for (const kind of ["input", "change"]) {
    document.addEventListener(kind, (event) => {
      const field = /** @type {Field} */ (event.target);
      if (field.id && (isTicked(field) || field.value.trim())) forget(field.id);
    });
  }
  // A map says which place was chosen on it, and that of a form of one may be wrong as well.
  document.addEventListener("mp:pick", (event) => {
    const { lat, lon } = /** @type {CustomEvent<Record<string, number | null>>} */ (event).detail;
    if (lat != null && lon != null) forget(/** @type {HTMLElement} */ (event.target).id);
  });
}

/** @param {string} text @param {(button: HTMLButtonElement) => void} act */
function smallButton(text, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "plain";
  button.textContent = text;
  button.addEventListener("click", () => act(button));
  return button;
}

/** Let a password be seen while it is typed. */
function offerToShow() {
  for (const field of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("main input[type=password]"))) {
    const button = smallButton(words.show ?? "", () => {
      field.type = field.type === "password" ? "text" : "password";
      button.textContent = (field.type === "password" ? words.show : words.hide) ?? "";
    });
    button.setAttribute("aria-controls", field.id);
    field.after(button);
    // Never kept as a text that was typed before.
    field.form?.addEventListener("submit", () => (field.type = "password"), true);
  }
}

/** Copy what stands in an element with `data-mp-copy`, where the browser allows it. */
function offerToCopy() {
  if (!navigator.clipboard) return;
  for (const one of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-mp-copy]"))) {
    const button = smallButton(words.copy ?? "", () => {
      navigator.clipboard.writeText(one.textContent ?? "").then(
        () => (button.textContent = words.copied ?? ""),
        () => button.remove(),
      );
    });
    button.setAttribute("aria-live", "polite");
    one.after(" ", button);
  }
}

function offerPrint() {
  for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("button[data-print]"))) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}

putSentBack();
putBack();
keepTyped();
keepSent();
sayWhatIsWrong();
forgetWhatWasMended();
offerToShow();
offerToCopy();
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
