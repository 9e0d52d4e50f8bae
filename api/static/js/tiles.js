/** Up to nine cameras in step on each element with data-mp-tiles. docs/design/web-islands.md says how a page asks for it. */

import { dataOf, emit, make, start } from "./dom.js";
import { closer } from "./tiles/closer.js";
import { controls, keys } from "./tiles/controls.js";
import { Player } from "./tiles/player.js";
import { wholeScreen } from "./tiles/screen.js";
import { hearing } from "./tiles/sound.js";
import { Tile } from "./tiles/tile.js";
import { restore } from "./timeline/address.js";
import { Model } from "./timeline/model.js";
import { markButtons, typedTime } from "./timeline/twin.js";
import { Wall, instant } from "./wall.js";

const MOST_TILES = 9;
const MEASURE_MS = 250;

/** @param {any} data */
function modelOf(data) {
  const at = (/** @type {string | null | undefined} */ text) => (text ? instant(text) : null);
  const model = new Model({ from: instant(data.from), to: instant(data.to) }, [], null);
  model.go(at(data.at) ?? model.extent.from, "link");
  model.mark(at(data.in), at(data.out), "link");
  return model;
}

/** @param {HTMLElement} host
 * @param {Model} model
 * @param {Wall} wall
 * @param {Player} player */
function connect(host, model, wall, player) {
  const linked = () => document.getElementById(host.dataset.linked ?? "");
  model.addEventListener("head", (event) => {
    const by = /** @type {CustomEvent} */ (event).detail;
    emit(host, "mp:head", { at: model.at, iso: wall.iso(model.at), by });
    // The other side must not ask us to go where we are already playing.
    if (by !== "link") linked()?.dispatchEvent(new CustomEvent("mp:go", { detail: { at: model.at, by: by === "person" ? "link" : "clock" } }));
  });
  model.addEventListener("range", (event) => {
    const iso = (/** @type {number | null} */ at) => (at === null ? null : wall.iso(at));
    emit(host, "mp:range", { in: iso(model.in), out: iso(model.out) });
    const by = /** @type {CustomEvent} */ (event).detail;
    if (by === "person") linked()?.dispatchEvent(new CustomEvent("mp:mark", { detail: { in: model.in, out: model.out } }));
  });
  host.addEventListener("mp:go", (event) => model.go(/** @type {CustomEvent} */ (event).detail.at, "link"));
  host.addEventListener("mp:mark", (event) => model.mark(/** @type {CustomEvent} */ (event).detail.in, /** @type {CustomEvent} */ (event).detail.out, "link"));
  host.addEventListener("mp:when", (event) => {
    /** @type {CustomEvent} */ (event).detail.at = player.clock.now();
  });
  host.addEventListener("mp:play", (event) => player.play(Boolean(/** @type {CustomEvent} */ (event).detail.playing)));
}

/** Write how far apart the tiles are where tests, benchmarks and whoever doubts it can read it.
 * @param {HTMLElement} host
 * @param {Player} player */
function measure(host, player) {
  const put = (/** @type {string} */ name, /** @type {number | null} */ value) => {
    if (value === null) delete host.dataset[name];
    else host.dataset[name] = value.toFixed(1);
  };
  setInterval(() => {
    const { spread, drift } = player.spread();
    put("spreadMs", spread);
    put("driftMs", drift);
    host.dataset.playing = String(player.clock.running);
    for (const { element, sound } of player.tiles) {
      const [heard, shown] = [sound.sounds(), sound.tile.shows()];
      if (heard === null || shown === null) delete element.dataset.soundMs;
      else element.dataset.soundMs = (heard - shown).toFixed(1);
    }
  }, MEASURE_MS);
}

start("[data-mp-tiles]", (host) => {
  const data = dataOf(host);
  const wall = new Wall(data.offset_minutes);
  const model = modelOf(data);
  const { texts } = data;
  // A timeline beside the tiles keeps in the address where both stand.
  if (host.dataset.linked && host.dataset.address !== "no") restore(model);
  host.classList.add("mp-tiles");
  host.id ||= "mp-tiles";
  const tiles = data.tiles.slice(0, MOST_TILES).map((/** @type {any} */ one) => new Tile(one, wall, texts));
  const grid = make("div", { class: "mp-grid", role: "group", tabindex: 0, "aria-label": texts.label ?? "", "data-count": tiles.length });
  grid.append(...tiles.map((/** @type {Tile} */ tile) => tile.element));
  let draw = () => {};
  const player = new Player(model, tiles, () => draw());
  const bar = controls(player, texts);
  draw = bar.draw;
  const clock = make("p", { class: "mp-clock" });
  const drawClock = () => (clock.textContent = wall.full(model.at));
  model.addEventListener("head", drawClock);
  drawClock();
  const said = make("p", { class: "mp-told", role: "status" });
  const parts = { model, wall, texts, zooms: [], id: host.id };
  const marks = markButtons(parts, said, () => player.clock.now());
  // A timeline beside the tiles has the typed time and the marks already.
  const loud = hearing(tiles, texts);
  const more = host.dataset.linked ? [] : [typedTime(parts, said), marks.group];
  const screen = wholeScreen(host, texts);
  if (screen) bar.group.append(screen);
  host.append(grid, make("div", { class: "mp-bar" }, clock, bar.group, ...(loud ? [loud] : []), ...more), said);
  const near = closer(grid, tiles, texts, host.dataset.address !== "no");
  (host.dataset.keys === "page" ? document : host).addEventListener("keydown", /** @type {any} */ (keys(player, marks.mark, near, () => screen?.click())));
  connect(host, model, wall, player);
  measure(host, player);
  // For tests and benchmarks; pages have no use for it.
  /** @type {any} */ (host).mpTiles = player;
});
