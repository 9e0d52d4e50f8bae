/** What the picture shows, as a table of the window: every run, gap and hold with its times. Made when somebody opens it. */

import { fill, make, oncePerFrame } from "../dom.js";
import { firstAfter } from "./model.js";

/** More rows than this nobody reads; the window can be made smaller. */
const MOST_ROWS = 400;

/** @param {import("./twin.js").Parts} parts */
export function table({ model, wall, texts }) {
  const body = make("tbody");
  const more = make("p", { class: "mp-told" });
  const heads = [texts.camera, texts.from, texts.to, texts.what].map((text) => make("th", { scope: "col" }, text ?? ""));
  const whole = make("table", { class: "mp-table" }, make("caption", {}, texts.table ?? ""), make("thead", {}, make("tr", {}, ...heads)), body);
  const details = make("details", { class: "mp-details" }, make("summary", {}, texts.table ?? ""), make("div", { class: "mp-scroll", tabindex: 0, role: "region", "aria-label": texts.table ?? "" }, whole), more);
  const draw = oncePerFrame(() => {
    if (!details.open) return;
    const { rows, left } = rowsOf(model, texts);
    body.replaceChildren(
      ...rows.map((row) =>
        make("tr", { class: `mp-is-${row.kind}` }, make("th", { scope: "row" }, row.lane), make("td", {}, wall.full(row.from)), make("td", {}, wall.full(row.to)), make("td", {}, row.text)),
      ),
    );
    more.textContent = left ? fill(texts.more_rows, { count: left }) : "";
  });
  details.addEventListener("toggle", draw);
  for (const what of ["window", "lanes"]) model.addEventListener(what, draw);
  return details;
}

/** @param {import("./model.js").Model} model
 * @param {Record<string, string>} texts */
function rowsOf(model, texts) {
  const { from, to } = model.window;
  /** @type {{kind: string, lane: string, from: number, to: number, text: string}[]} */
  const rows = [];
  let left = 0;
  for (const lane of model.lanes) {
    const kinds = /** @type {[string, import("./model.js").Span[]][]} */ ([["run", lane.runs], ["gap", lane.gaps], ["hold", lane.holds]]);
    const found = [];
    for (const [kind, spans] of kinds) {
      for (let n = firstAfter(spans, from); n < spans.length; n++) {
        const span = /** @type {any} */ (spans[n]);
        if (span.from >= to) break;
        if (span.to <= from) continue;
        found.push({ kind, lane: lane.name, from: span.from, to: span.to, text: wordsOf(kind, span, texts) });
      }
    }
    found.sort((a, b) => a.from - b.from);
    const room = MOST_ROWS - rows.length;
    rows.push(...found.slice(0, room));
    left += Math.max(0, found.length - room);
  }
  return { rows, left };
}

/** @param {string} kind
 * @param {any} span
 * @param {Record<string, string>} texts */
function wordsOf(kind, span, texts) {
  if (kind === "gap") return fill(texts.gap, { reason: span.text });
  if (kind === "hold") return fill(texts.hold, { text: span.text });
  if (span.doubt === null) return `${texts.run ?? ""} ${texts.doubt_unknown ?? ""}`.trim();
  return `${texts.run ?? ""} ${fill(texts.doubt, { seconds: (span.doubt / 1000).toFixed(2) })}`.trim();
}
