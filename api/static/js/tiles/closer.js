/** One camera large, the others small below it; and the keys for that and for looking from near. */

import { button, make } from "../dom.js";
import { Lens, moveable } from "./lens.js";

/** A second click that comes within this was meant for where the picture was before. */
const QUICK_MS = 600;
const ADDRESS = "large";

/** @typedef {import("./tile.js").Tile} Tile */

/** Keep in the page's address which camera is large. @param {string | null} code */
function keep(code) {
  const here = new URL(location.href);
  if (code === null) here.searchParams.delete(ADDRESS);
  else here.searchParams.set(ADDRESS, code);
  history.replaceState(history.state, "", here);
}

/** Give each tile what makes it large and its picture near, and return what keys call.
 * @param {HTMLElement} grid
 * @param {Tile[]} tiles
 * @param {Record<string, string>} texts
 * @param {boolean} address keep in the page's address which is large */
export function closer(grid, tiles, texts, address) {
  const lenses = tiles.map((tile) => new Lens(tile, texts));
  const alone = tiles.length === 1;
  let large = alone ? 0 : -1;
  let since = -Infinity;
  const pressed = tiles.map((tile, place) => {
    const made = button(texts.large ?? "", () => choose(large === place ? -1 : place), { "data-act": "large", "aria-pressed": "false" });
    made.append(make("span", { class: "mp-unseen" }, ` ${tile.code}`));
    return made;
  });

  const draw = () => {
    grid.toggleAttribute("data-large", !alone && large >= 0);
    for (const [place, tile] of tiles.entries()) {
      tile.element.toggleAttribute("data-large", place === large);
      pressed[place]?.setAttribute("aria-pressed", String(place === large));
      const lens = /** @type {Lens} */ (lenses[place]);
      lens.buttons.hidden = place !== large;
      if (place !== large) lens.whole();
    }
  };

  /** @param {number} place of the tile to show large, -1 for none */
  function choose(place) {
    if (alone || place >= tiles.length) return;
    large = place;
    since = performance.now();
    draw();
    tiles[large]?.element.scrollIntoView({ block: "nearest" });
    if (address) keep(tiles[large]?.code ?? null);
  }

  for (const [place, tile] of tiles.entries()) {
    const lens = /** @type {Lens} */ (lenses[place]);
    tile.end.prepend(lens.buttons, ...(alone ? [] : [/** @type {HTMLElement} */ (pressed[place])]));
    moveable(lens, (at, count) => {
      if (count > 1) {
        // The second click on a small one was meant for it, and something else may lie there by now.
        if (place === large && performance.now() - since > QUICK_MS) lens.step(2, lens.zoom > 1 ? undefined : at);
      } else if (place !== large) choose(place);
      else if (lens.zoom > 1) lens.move(at.x - 0.5, at.y - 0.5);
    });
  }
  if (address && !alone) large = tiles.findIndex((tile) => tile.code === new URLSearchParams(location.search).get(ADDRESS));
  draw();

  /** Do what a key asks for; false when it asks for nothing. @param {string} key */
  return (key) => {
    const lens = lenses[large];
    if (/^[1-9]$/.test(key) && Number(key) <= tiles.length && !alone) choose(large === Number(key) - 1 ? -1 : Number(key) - 1);
    else if (lens && (key === "+" || key === "=")) lens.step(1);
    else if (lens && key === "-") lens.step(-1);
    else if (lens && key === "Escape" && lens.zoom > 1) lens.whole();
    else if (key === "Escape" && large >= 0 && !alone) choose(-1);
    else return false;
    return true;
  };
}
