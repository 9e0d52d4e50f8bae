/** What is heard: of one tile at a time, by its own file, or by its sound alone where browsers do not know how that is coded. */

import { button, make } from "../dom.js";
import { beginningAt } from "./copies.js";

/** Sound that is asked for while pictures play begins so much later: by then it has come. */
const LEAD_MS = 500;
/** Sound that is farther off than this is not heard until it is in step. */
const NEAR_S = 0.08;
const CLOSE_S = 0.02;
const FAR_S = 1;
const MOST_NUDGE = 0.25;
const PAUSE_MS = 2000;
const HOP_MS = 500;
const MOST_ERRORS = 4;
/** A part that is repeated is fetched as a whole, so that it sounds from its begin on each time; a longer one is not. */
const MOST_LOOP_MS = 600_000;

/** @typedef {import("./parts.js").Part} Part
 * @typedef {import("./tile.js").Tile} Tile */

export class Sound {
  /** @param {Tile} tile
   * @param {string} name */
  constructor(tile, name) {
    this.tile = tile;
    this.any = tile.parts.some((part) => part.heard || part.sound);
    this.on = false;
    this.lost = false;
    this.volume = 1;
    /** @type {HTMLAudioElement | null} plays what comes beside the pictures */
    this.audio = null;
    /** @type {Part | null} whose sound that is */
    this.part = null;
    /** The instant of its media time 0. */
    this.from = NaN;
    this.asking = false;
    this.sought = -Infinity;
    this.errors = 0;
    /** @type {{from: number, to: number} | null} what is repeated */
    this.loop = null;
    /** @type {{key: string, url: string, from: number}} the sound of what is repeated, once all of it has come; it can be sought in */
    this.whole = { key: "", url: "", from: NaN };
    this.fetching = "";
    this.toggled = () => this.hear(!this.on);
    this.words = make("span");
    this.button = button("", () => this.toggled(), { "data-act": "hear" });
    this.button.append(this.words, make("span", { class: "mp-unseen" }, ` ${name}`));
    this.draw();
  }

  draw() {
    const { texts } = this.tile.more;
    this.words.textContent = (this.on ? texts.hush : texts.hear) ?? "";
    this.button.setAttribute("aria-pressed", String(this.on));
  }

  /** @param {boolean} on */
  hear(on) {
    this.on = on;
    this.lost = false;
    this.errors = 0;
    this.sought = -Infinity;
    if (!on) this.drop();
    this.mute();
    this.draw();
  }

  /** A browser that plays sound only for somebody who has touched the page plays the pictures all the same.
   * @param {Error} error */
  refused(error) {
    if (error.name === "NotAllowedError" && this.on) this.hear(false);
  }

  /** What the tile says of it beside its name. */
  get note() {
    const { texts, part } = { texts: this.tile.more.texts, part: this.tile.part };
    if (!this.on || !part) return "";
    if (this.lost) return texts.sound_failed ?? "";
    return part.sound ? (texts.listening ?? "") : "";
  }

  /** Only what is on display of the one that is heard. */
  mute() {
    const { part, video, videos } = this.tile;
    for (const one of videos) {
      const muted = !(this.on && part?.heard && one === video);
      if (one.muted !== muted) one.muted = muted;
      if (one.volume !== this.volume) one.volume = this.volume;
    }
  }

  /** Keep in step; called many times a second.
   * @param {number} at
   * @param {number} rate
   * @param {boolean} playing */
  follow(at, rate, playing) {
    this.mute();
    const { part } = this.tile;
    if (!this.on || this.lost || !part?.sound || part.failed || !playing) {
      this.audio?.pause();
      return;
    }
    const audio = (this.audio ??= this.made());
    if (this.asking) return;
    const shown = this.tile.shows(); // of the picture, not of the master: what belongs together may lag behind it together
    const wanted = ((shown ?? at) - this.from) / 1000;
    if (this.part !== part || this.misses(audio, wanted, at, rate)) this.begin(part, at, rate);
    else if (shown === null || wanted < 0 || (audio.ended && wanted > audio.currentTime - NEAR_S)) audio.pause();
    else if (audio.readyState >= 2 && !audio.seeking) this.step(audio, wanted, at, rate);
  }

  /** Tell whether what is open will not come to `wanted`: it begins later, or was one that ends earlier than the part.
   * @param {HTMLAudioElement} audio
   * @param {number} wanted
   * @param {number} at
   * @param {number} rate */
  misses(audio, wanted, at, rate) {
    const { part } = this;
    if (!part) return true;
    if (audio.ended && wanted > audio.currentTime + NEAR_S && part.to - at > 2 * LEAD_MS * rate) return performance.now() - this.sought > PAUSE_MS;
    if (wanted < -(LEAD_MS / 1000 + FAR_S) * Math.max(1, rate)) return true;
    const looped = this.looped(part, at);
    return wanted < 0 && looped !== "" && this.whole.key === looped && this.whole.from !== this.from;
  }

  /** @param {HTMLAudioElement} audio
   * @param {number} wanted
   * @param {number} at
   * @param {number} rate */
  step(audio, wanted, at, rate) {
    const off = audio.currentTime - wanted;
    const rested = performance.now() - this.sought;
    const { seekable } = audio;
    audio.muted = Math.abs(off) > NEAR_S * Math.max(1, rate);
    if (audio.muted && rested > HOP_MS && seekable.length && seekable.end(seekable.length - 1) > wanted) {
      this.sought = performance.now();
      audio.currentTime = wanted;
      return;
    }
    if (Math.abs(off) > FAR_S * Math.max(1, rate)) {
      if (rested < PAUSE_MS) return;
      this.sought = performance.now();
      if (this.part) this.begin(this.part, at, rate);
      return;
    }
    if (audio.volume !== this.volume) audio.volume = this.volume;
    const nudge = Math.abs(off) < CLOSE_S ? 0 : Math.max(-MOST_NUDGE, Math.min(MOST_NUDGE, 2 * off));
    const speed = Math.max(0.0625, Math.min(16, rate * (1 - nudge)));
    if (Math.abs(audio.playbackRate - speed) > 0.005) audio.playbackRate = speed;
    if (audio.paused) audio.play().catch((error) => this.refused(error));
  }

  made() {
    const audio = new Audio();
    audio.preload = "auto";
    audio.addEventListener("error", () => {
      if (!audio.hasAttribute("src")) return;
      this.errors += 1;
      this.lost = this.errors >= MOST_ERRORS;
      this.asking = true; // a machine that is busy is asked again, not at once
      setTimeout(() => {
        this.asking = false;
        this.part = null;
      }, PAUSE_MS);
    });
    return audio;
  }

  /** Have the sound of `part` begin a little after `at`, which nobody can seek to while it is made.
   * @param {Part} part
   * @param {number} at
   * @param {number} rate */
  begin(part, at, rate) {
    this.drop();
    this.part = part;
    this.sought = performance.now();
    const looped = this.looped(part, at);
    if (looped && this.whole.key === looped && this.audio) {
      this.from = this.whole.from;
      this.audio.src = this.whole.url;
      return;
    }
    if (looped) void this.fetchAll(part, looped);
    this.asking = true;
    const instant = Math.max(part.from, Math.min(at + LEAD_MS * rate, part.to - 1));
    void beginningAt(part.sound ?? "", this.tile.more.wall.iso(instant))
      .catch(() => null)
      .then((found) => {
        this.asking = false;
        if (this.part !== part || !this.audio) return;
        this.lost = !found; // the grant may be over
        if (!found) return;
        this.from = found.from;
        this.audio.src = found.url;
      });
  }

  /** Return what names the sound of the part that is repeated, when `at` is in it; else nothing.
   * @param {Part} part
   * @param {number} at */
  looped(part, at) {
    const { loop } = this;
    if (!loop || loop.from < part.from || loop.to > part.to || at < loop.from || at >= loop.to) return "";
    return loop.to - loop.from > MOST_LOOP_MS ? "" : `${part.sound} ${loop.from} ${loop.to}`;
  }

  /** Have the sound of what is repeated made and kept by the service, where it can then be sought in.
   * @param {Part} part
   * @param {string} key */
  async fetchAll(part, key) {
    const { loop } = this;
    const { wall } = this.tile.more;
    if (!loop || this.fetching === key) return;
    this.fetching = key;
    try {
      const found = await beginningAt(part.sound ?? "", wall.iso(loop.from), wall.iso(loop.to));
      const answer = found && (await fetch(found.url, { credentials: "same-origin" }));
      if (!found || !answer?.ok) return;
      await answer.arrayBuffer();
      this.whole = { key, ...found };
    } catch {
      this.fetching = ""; // it is tried again when the part begins again
    }
  }

  drop() {
    this.part = null;
    this.from = NaN;
    if (!this.audio?.hasAttribute("src")) return;
    this.audio.pause();
    this.audio.removeAttribute("src");
    this.audio.load(); // else the browser goes on fetching it
  }

  /** Return the instant that sounds beside the pictures, or null. */
  sounds() {
    const { audio } = this;
    return this.on && this.part && audio && !audio.paused && !audio.muted ? this.from + audio.currentTime * 1000 : null;
  }
}

/** Let one tile be heard at a time; return how loud that is, or nothing where no tile has sound.
 * @param {Tile[]} tiles
 * @param {Record<string, string>} texts
 * @returns {HTMLElement | null} */
export function hearing(tiles, texts) {
  const sounds = tiles.map((tile) => tile.sound).filter((sound) => sound.any);
  if (!sounds.length) return null;
  for (const tile of tiles) {
    const { sound } = tile;
    tile.end.append(sound.any ? sound.button : make("span", { class: "mp-tile-silent" }, texts.no_sound ?? ""));
    sound.toggled = () => {
      const on = !sound.on;
      for (const other of sounds) if (other.on) other.hear(false);
      if (on) sound.hear(true);
    };
  }
  const slider = make("input", { type: "range", min: 0, max: 100, step: 5, value: 100, class: "mp-loud" });
  slider.addEventListener("input", () => {
    for (const sound of sounds) {
      sound.volume = Number(slider.value) / 100;
      if (sound.audio) sound.audio.volume = sound.volume;
      sound.mute();
    }
  });
  return make("label", { class: "mp-loudness" }, texts.volume ?? "", slider);
}
