/** A picture from near: what the file shows, spread over more of the screen. Nothing is added to it. */

import { button, fill, make } from "../dom.js";

const ZOOMS = [1, 1.5, 2, 3, 4, 6, 8];
/** How far an arrow moves, as a part of what is on display. */
const STEP = 0.2;
/** A hand that shakes clicks all the same. */
const STILL_PX = 4;

/** @typedef {import("./tile.js").Tile} Tile */

/** Where one tile's picture is looked at: `x` and `y` are the middle of what is on display, of 0 to 1 of the whole. */
export class Lens {
  /** @param {Tile} tile
   * @param {Record<string, string>} texts */
  constructor(tile, texts) {
    this.tile = tile;
    this.texts = texts;
    this.zoom = 1;
    this.x = this.y = 0.5;
    this.room = /** @type {HTMLElement} */ (tile.element.querySelector(".mp-tile-room"));
    this.told = make("span", { class: "mp-near-told", role: "status" });
    const sign = (/** @type {string} */ text, /** @type {string} */ name, /** @type {number} */ by, /** @type {string} */ act) =>
      button(text, () => this.step(by), { "aria-label": texts[name] ?? "", title: texts[name] ?? "", "data-act": act });
    this.out = sign("−", "farther", -1, "farther");
    this.in = sign("+", "nearer", 1, "nearer");
    this.buttons = make("span", { class: "mp-near" }, this.out, this.told, this.in);
    this.draw();
  }

  /** @param {number} by levels
   * @param {{x: number, y: number}} [at] what stays where it is, of 0 to 1 of what is on display */
  step(by, at = { x: 0.5, y: 0.5 }) {
    const level = Math.max(0, Math.min(ZOOMS.length - 1, ZOOMS.indexOf(this.zoom) + by));
    const zoom = /** @type {number} */ (ZOOMS[level]);
    this.x += (at.x - 0.5) * (1 / this.zoom - 1 / zoom);
    this.y += (at.y - 0.5) * (1 / this.zoom - 1 / zoom);
    this.zoom = zoom;
    this.draw();
  }

  /** @param {number} x of what is on display
   * @param {number} y */
  move(x, y) {
    this.x += x / this.zoom;
    this.y += y / this.zoom;
    this.draw();
  }

  whole() {
    this.zoom = 1;
    this.draw();
  }

  draw() {
    const { zoom, texts, room } = this;
    const within = (/** @type {number} */ at) => Math.max(0.5 / zoom, Math.min(1 - 0.5 / zoom, at));
    this.x = within(this.x);
    this.y = within(this.y);
    const shift = (/** @type {number} */ at) => `${((0.5 - at * zoom) * 100).toFixed(3)}%`;
    for (const video of this.tile.videos) video.style.transform = zoom === 1 ? "" : `translate(${shift(this.x)}, ${shift(this.y)}) scale(${zoom})`;
    const near = zoom > 1;
    const [focus, most] = [document.activeElement, zoom === ZOOMS.at(-1)];
    room.classList.toggle("mp-is-near", near);
    // Only then is there anything to move, and an element to move it with.
    for (const [name, value] of Object.entries({ tabindex: "0", role: "group", "aria-label": fill(texts.near, { camera: this.tile.code }) })) {
      if (near) room.setAttribute(name, value);
      else room.removeAttribute(name);
    }
    this.out.disabled = !near;
    this.in.disabled = most;
    // Or the focus, and with it the keys, would be nowhere.
    if (!near && (focus === room || focus === this.out)) this.in.focus();
    if (most && focus === this.in) this.out.focus();
    this.told.textContent = `${String(zoom).replace(".", texts.decimal ?? ",")}×`;
  }
}

/** @param {HTMLElement} room
 * @param {{clientX: number, clientY: number}} event */
function placeIn(room, event) {
  const box = room.getBoundingClientRect();
  return { x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height };
}

/** Have a hand, a wheel and arrows move what `lens` shows; `clicked` is told where a plain click was, and the how manieth it is of quick ones.
 * @param {Lens} lens
 * @param {(at: {x: number, y: number}, count: number) => void} clicked */
export function moveable(lens, clicked) {
  const { room } = lens;
  /** @type {{x: number, y: number} | null} */
  let held = null;
  let moved = false;
  room.addEventListener("pointerdown", (event) => {
    moved = false;
    held = event.button === 0 ? { x: event.clientX, y: event.clientY } : null;
    if (held && lens.zoom > 1) room.setPointerCapture(event.pointerId);
  });
  room.addEventListener("pointermove", (event) => {
    if (!held) return;
    const [x, y] = [event.clientX - held.x, event.clientY - held.y];
    if (!moved && Math.hypot(x, y) < STILL_PX) return;
    moved = true;
    held = { x: event.clientX, y: event.clientY };
    if (lens.zoom > 1) lens.move(-x / room.clientWidth, -y / room.clientHeight);
  });
  for (const end of ["pointerup", "pointercancel"]) room.addEventListener(end, () => (held = null));
  room.addEventListener("click", (event) => {
    if (!moved) clicked(placeIn(room, event), event.detail);
  });
  // A wheel alone moves the page; with Ctrl it is what two fingers on a trackpad send.
  room.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    lens.step(event.deltaY < 0 ? 1 : -1, placeIn(room, event));
  }, { passive: false });
  room.addEventListener("keydown", (event) => {
    const ways = /** @type {Record<string, [number, number]>} */ ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] });
    const way = event.ctrlKey || event.metaKey || event.altKey ? undefined : ways[event.key];
    if (!way) return;
    event.preventDefault(); // elsewhere on the page arrows move the time
    lens.move(way[0] * STEP, way[1] * STEP);
  });
}
