/** Buttons and keys of the tiles. */

import { button, isTyping, make } from "../dom.js";

const RATES = [0.25, 0.5, 1, 2, 4, 8];

/** @typedef {import("./player.js").Player} Player */

/** @param {Player} player
 * @param {Record<string, string>} texts */
export function controls(player, texts) {
  const { model } = player;
  const by = (/** @type {number} */ seconds) => () => model.go(player.clock.now() + seconds * 1000);
  const play = button("", () => player.play(!player.playing), { "data-act": "play", "aria-keyshortcuts": "Space" });
  play.classList.add("mp-main");
  const step = (/** @type {string} */ sign, /** @type {string} */ name, /** @type {() => void} */ act, /** @type {string} */ key) =>
    // What stands on it is its name, so that who speaks to the machine can say it; signs without letters get words.
    button(sign, act, { title: texts[name] ?? "", ...(/\d/.test(sign) ? {} : { "aria-label": texts[name] ?? "" }), "data-act": key });
  const rate = make("select", { class: "mp-rate", "aria-label": texts.rate ?? "" }, ...RATES.map((one) => make("option", { value: one, selected: one === 1 }, `${String(one).replace(".", texts.decimal ?? ",")}×`)));
  rate.addEventListener("change", () => player.speed(Number(rate.value)));
  const loop = button(texts.loop ?? "", () => {
    player.repeat(!player.loop);
    if (player.loop) player.play(true); // who asks for the part again wants to see it
  }, { "data-act": "loop", "aria-pressed": "false" });
  const group = make("div", { class: "mp-group", role: "group", "aria-label": texts.controls ?? "" });
  group.append(step("−10 s", "back_10", by(-10), "-10"), step("−1 s", "back_1", by(-1), "-1"), step("◁|", "back_frame", () => player.frame(-1), "-frame"));
  group.append(play, step("|▷", "on_frame", () => player.frame(1), "+frame"), step("+1 s", "on_1", by(1), "+1"), step("+10 s", "on_10", by(10), "+10"), rate, loop);
  const draw = () => {
    play.textContent = `${player.playing ? "❚❚" : "▶"} ${(player.playing ? texts.pause : texts.play) ?? ""}`;
    loop.setAttribute("aria-pressed", String(player.loop));
    loop.disabled = model.in === null || model.out === null;
    if (Number(rate.value) !== player.clock.rate) rate.value = String(player.clock.rate);
  };
  model.addEventListener("range", draw);
  draw();
  return { group, draw };
}

/** @param {Player} player
 * @param {(which: "in" | "out") => void} mark
 * @param {(key: string) => boolean} near what makes tiles large and pictures near
 * @param {() => void} screen what takes the whole screen and gives it back
 * @returns {(event: KeyboardEvent) => void} */
export function keys(player, mark, near, screen) {
  const { model } = player;
  return (event) => {
    if (isTyping(event) || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target instanceof HTMLElement ? event.target : null;
    if (target?.matches("input[type=range], select")) return;
    const seconds = event.shiftKey ? 10_000 : 1000;
    /** @type {Record<string, () => void>} */
    const acts = {
      " ": () => player.play(!player.playing),
      ArrowLeft: () => model.go(player.clock.now() - seconds),
      ArrowRight: () => model.go(player.clock.now() + seconds),
      ",": () => player.frame(-1),
      ".": () => player.frame(1),
      f: screen,
      i: () => mark("in"),
      o: () => mark("out"),
      // One key for both: the begin first, then the end, then a new begin.
      m: () => mark(model.in === null || model.out !== null ? "in" : "out"),
    };
    const act = acts[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (event.key === " " && target?.closest("button, a, summary")) return;
    if (act) act();
    else if (!near(event.key)) return;
    event.preventDefault();
  };
}
