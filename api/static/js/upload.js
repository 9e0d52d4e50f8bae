/** Send a file in pieces by the tus protocol and go on after a break, also after the page was closed; then send the form with the
 * name of the upload in place of the file. Without this module the form sends the file itself. docs/design/uploads.md */

import { dataOf, fill, make } from "./dom.js";

const PIECE_BYTES = 8 * 1024 * 1024;
const PLACE = "/api/v1/uploads";
/** The service knows by the first bytes what is no recording; then not more than these has been sent. */
const FIRST_BYTES = 64 * 1024;
const LONGEST_WAIT_S = 30;

/** What names an upload on this device until it is done. @param {File} file */
function nameOf(file) {
  return `mp-upload:${file.name}:${file.size}:${file.lastModified}`;
}

/** @param {string} text */
function base64(text) {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

class Refused extends Error {}

class Sending {
  /** @param {File} file
   * @param {string} token
   * @param {(share: number) => void} tell */
  constructor(file, token, tell) {
    this.file = file;
    this.head = { "Tus-Resumable": "1.0.0", "X-Form-Token": token };
    this.tell = tell;
    this.place = localStorage.getItem(nameOf(file));
  }

  /** @param {string} url
   * @param {RequestInit} options */
  async ask(url, options) {
    const answer = await fetch(url, { ...options, headers: { ...this.head, ...options.headers } });
    if (answer.ok) return answer;
    if ([401, 403, 413, 415, 422, 429].includes(answer.status)) {
      const told = await answer.json().catch(() => ({}));
      if (answer.status === 422) this.forget();
      throw new Refused(told.detail ?? String(answer.status));
    }
    if ([404, 410].includes(answer.status)) this.forget();
    throw new Error(String(answer.status));
  }

  forget() {
    localStorage.removeItem(nameOf(this.file));
    this.place = null;
  }

  /** Return how many bytes are there, beginning anew when nothing is. */
  async offset() {
    if (this.place) {
      const answer = await this.ask(this.place, { method: "HEAD" });
      return Number(answer.headers.get("Upload-Offset"));
    }
    const headers = { "Upload-Length": String(this.file.size), "Upload-Metadata": `filename ${base64(this.file.name)}` };
    const answer = await this.ask(PLACE, { method: "POST", headers });
    this.place = answer.headers.get("Location") ?? "";
    localStorage.setItem(nameOf(this.file), this.place);
    return 0;
  }

  /** Send all that is missing. */
  async send() {
    let offset = await this.offset();
    while (offset < this.file.size) {
      this.tell(offset / this.file.size);
      const headers = { "Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream" };
      const body = this.file.slice(offset, offset + (offset ? PIECE_BYTES : FIRST_BYTES));
      const answer = await this.ask(this.place ?? "", { method: "PATCH", headers, body });
      offset = Number(answer.headers.get("Upload-Offset"));
    }
    this.tell(1);
    return (this.place ?? "").split("/").at(-1) ?? "";
  }
}

/** Tell whether the browser knows a file to be something else than what the field asks for. Of odd names it knows nothing.
 * @param {File} file
 * @param {string} kinds */
function isForeign(file, kinds) {
  const ending = file.name.toLowerCase().match(/\.[^.]*$/)?.[0] ?? "";
  return file.type !== "" && file.type !== "application/octet-stream" && !file.type.startsWith("video/") && !kinds.split(",").includes(ending);
}

/** @param {HTMLFormElement} form */
function enhance(form) {
  const { texts } = dataOf(form);
  const bar = /** @type {HTMLProgressElement} */ (form.querySelector("progress"));
  const said = /** @type {HTMLElement} */ (form.querySelector("[role=status]"));
  const chosen = /** @type {HTMLInputElement} */ (form.querySelector("input[type=file]"));
  const token = /** @type {HTMLInputElement} */ (form.elements.namedItem("form_token")).value;
  const tell = (/** @type {number} */ share) => {
    bar.hidden = false;
    bar.value = share * 100;
    said.textContent = fill(texts.sending, { percent: Math.floor(share * 100) });
  };
  const wrong = /** @type {HTMLElement} */ (document.getElementById("file-wrong"));
  /** Say at the field that a file is no video. */
  const refused = () => {
    const file = chosen.files?.[0];
    const foreign = file !== undefined && isForeign(file, chosen.accept);
    wrong.textContent = foreign ? fill(texts.foreign, { file: file.name }) : "";
    if (foreign) chosen.setAttribute("aria-invalid", "true");
    else chosen.removeAttribute("aria-invalid");
    return foreign;
  };
  chosen.addEventListener("change", refused);
  form.addEventListener("submit", async (event) => {
    const file = chosen.files?.[0];
    if (refused()) {
      event.preventDefault();
      chosen.focus();
      return;
    }
    if (!file || !file.size) return;
    event.preventDefault();
    const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
    button.disabled = true;
    const sending = new Sending(file, token, tell);
    for (let wait = 1; ; wait = Math.min(2 * wait, LONGEST_WAIT_S)) {
      try {
        const upload = await sending.send();
        sending.forget();
        chosen.disabled = true;
        form.append(make("input", { type: "hidden", name: "upload", value: upload }));
        form.submit();
        return;
      } catch (error) {
        if (error instanceof Refused) {
          said.textContent = fill(texts.refused, { why: error.message });
          button.disabled = false;
          return;
        }
        said.textContent = fill(texts.again, { seconds: wait });
        await new Promise((resolve) => {
          setTimeout(resolve, wait * 1000);
        });
        said.textContent = texts.went_on;
      }
    }
  });
  form.dataset.mpReady = "";
}

for (const form of document.querySelectorAll("form[data-mp-upload]")) enhance(/** @type {HTMLFormElement} */ (form));
