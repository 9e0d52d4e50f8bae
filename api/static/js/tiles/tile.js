/** One camera's picture, kept in step with the master clock by playing a little faster or slower, or by a seek when it is far off. */

import { make } from "../dom.js";
import { asAtFirst, beginAt, notBefore, wayTo } from "./copies.js";
import { gapsOf, mediaTime, nothingThere, partsOf, wallTime } from "./parts.js";
import { Sound } from "./sound.js";

/** Nearer than this nobody sees a difference, and a rate that changes all the time is heard. */
const CLOSE_S = 0.015;
const FAR_S = 1;
const MOST_NUDGE = 0.25;
/** A machine that is too slow would otherwise only seek. */
const SEEK_PAUSE_MS = 2000;
/** The next file is opened this long before its time. */
const AHEAD_MS = 15_000;
/** A file may end a frame or two before the index says. */
const TAIL_S = 0.12;

/** @typedef {import("./parts.js").Part} Part */

export class Tile {
  /** @param {any} told
   * @param {import("../wall.js").Wall} wall
   * @param {Record<string, string>} texts */
  constructor(told, wall, texts) {
    this.code = String(told.code);
    this.fps = Number(told.fps ?? 25);
    this.parts = partsOf(told.parts ?? []);
    this.gaps = gapsOf(told.gaps);
    this.more = { ended: /** @type {string | undefined} */ (told.ended_text), texts, wall };
    /** @type {Part | null} */
    this.part = null;
    this.at = NaN;
    this.sought = -Infinity;
    this.patience = SEEK_PAUSE_MS;
    this.shownFrame = NaN;
    const name = told.name ?? told.code;
    this.videos = [this.newVideo(name), this.newVideo(name)];
    this.clock = make("span", { class: "mp-tile-clock" });
    this.note = make("span", { class: "mp-tile-note" });
    this.words = make("p", { class: "mp-tile-words" });
    this.end = make("span", { class: "mp-tile-end" }, this.clock);
    const caption = make("figcaption", { class: "mp-tile-name" }, make("span", {}, name), this.note, this.end);
    this.sound = new Sound(this, name);
    this.element = make("figure", { class: "mp-tile", "data-camera": this.code }, make("div", { class: "mp-tile-room" }, ...this.videos, this.words), caption);
    this.state("outside");
  }

  /** @param {string} name */
  newVideo(name) {
    const video = make("video", { class: "mp-video", playsinline: true, preload: "auto", "aria-label": name, tabindex: -1 });
    video.muted = true;
    video.addEventListener("error", () => this.broken(video));
    // A file of which only the sound can be decoded plays on without any error.
    video.addEventListener("loadedmetadata", () => video.videoWidth || this.broken(video));
    const frame = (/** @type {number} */ _, /** @type {any} */ told) => {
      if (video === this.video) this.shownFrame = told.mediaTime;
      video.requestVideoFrameCallback(frame);
    };
    video.requestVideoFrameCallback?.(frame);
    return video;
  }

  /** The one on display; the other one waits with the next file. */
  get video() {
    return /** @type {HTMLVideoElement} */ (this.videos[0]);
  }

  /** @param {string} state picture, wait, gap, outside or failed */
  state(state) {
    if (this.element.dataset.state !== state) this.element.dataset.state = state;
  }

  /** @param {HTMLVideoElement} video */
  broken(video) {
    const part = this.parts.find((one) => video.dataset.part === String(one.from));
    if (!part || !video.hasAttribute("src")) return;
    if (asAtFirst(part)) {
      this.sought = performance.now();
      this.load(video, part, notBefore(part, this.at));
      return;
    }
    const same = this.parts.filter((one) => one.url === part.url);
    if (part.viewing && !part.other) {
      for (const one of same) one.other = true;
      this.load(video, part, part === this.part ? mediaTime(part, this.at) : part.offset);
      return;
    }
    for (const one of same) {
      one.failed = true;
      one.again = video.error?.code === MediaError.MEDIA_ERR_NETWORK;
    }
  }

  /** @param {HTMLVideoElement} video
   * @param {Part} part
   * @param {number} seconds */
  load(video, part, seconds) {
    video.dataset.part = String(part.from);
    video.dataset.file = part.url;
    video.src = part.other && part.viewing ? part.viewing : part.url;
    video.currentTime = seconds; // before the file is open this is where it opens
  }

  /** @param {number} at */
  partAt(at) {
    return this.parts.find((one) => one.from <= at && one.to > at) ?? null;
  }

  /** Show what belongs to `at` exactly; for a moved playhead and for a pause.
   * @param {number} at */
  place(at) {
    const part = this.partAt(at);
    this.at = at;
    if (part?.failed && part.again) {
      part.failed = false;
      this.part = null; // opened anew: the network may be back
      delete this.video.dataset.part;
      delete this.video.dataset.file;
    }
    this.enter(part, at);
    if (part && !part.failed) this.video.currentTime = this.within(mediaTime(part, at));
  }

  /** @param {number} seconds */
  within(seconds) {
    const end = this.video.duration;
    return Number.isFinite(end) ? Math.min(seconds, Math.max(0, end - 0.001)) : seconds;
  }

  /** Take the file of `part`, from the waiting element when it is there.
   * @param {Part | null} part
   * @param {number} at */
  enter(part, at) {
    if (part === this.part) return;
    if (this.part) asAtFirst(this.part);
    this.part = part;
    this.shownFrame = NaN;
    if (!part) {
      this.video.pause();
      return;
    }
    const key = String(part.from);
    if (this.video.dataset.part !== key && this.videos[1]?.dataset.part === key) {
      this.video.pause();
      this.videos.reverse();
    } else if (this.video.dataset.part !== key) this.turn(part, mediaTime(part, at));
    for (const video of this.videos) video.classList.toggle("mp-spare", video !== this.video);
  }

  /** Show another part: of the file that is open by a seek, else of its own.
   * @param {Part} part
   * @param {number} seconds */
  turn(part, seconds) {
    if (this.video.dataset.file !== part.url) {
      this.load(this.video, part, seconds);
      return;
    }
    this.video.dataset.part = String(part.from);
    // Parts of one file may follow each other without a break.
    if (Math.abs(this.video.currentTime - seconds) > 0.2) this.video.currentTime = seconds;
  }

  /** Keep in step; called many times a second.
   * @param {number} at
   * @param {number} rate
   * @param {boolean} playing */
  follow(at, rate, playing) {
    const part = this.partAt(at);
    this.at = at;
    this.enter(part, at);
    this.sound.follow(at, rate, playing);
    if (playing) this.prepare(at, rate);
    if (!part || part.failed) {
      this.say(at, part);
      return;
    }
    const video = this.video;
    this.state(video.readyState >= 2 ? "picture" : "wait");
    const notes = [part.other || part.copy ? (this.more.texts.viewing ?? "") : "", this.sound.note];
    const note = notes.filter(Boolean).join(" · ");
    if (this.note.textContent !== note) this.note.textContent = note;
    const shown = this.shows();
    this.clock.textContent = shown === null ? "" : this.more.wall.time(shown); // of the picture, not of the master: it may lag
    const wanted = mediaTime(part, at);
    this.renew(part, at);
    if (!playing || video.readyState < 2 || video.seeking) {
      if (!playing && !video.paused) video.pause();
      return;
    }
    if (wanted >= video.duration - TAIL_S) return; // its last frame stays until the next file's time has come
    const off = video.currentTime - wanted;
    if (Math.abs(off) > FAR_S * Math.max(1, rate) && performance.now() - this.sought > SEEK_PAUSE_MS) {
      this.sought = performance.now();
      video.currentTime = this.within(wanted);
    }
    const nudge = Math.abs(off) < CLOSE_S ? 0 : Math.max(-MOST_NUDGE, Math.min(MOST_NUDGE, 2 * off));
    const speed = Math.max(0.0625, Math.min(16, rate * (1 - nudge)));
    if (Math.abs(video.playbackRate - speed) > 0.005) video.playbackRate = speed;
    // A seek or a pause may come between; the next call tries again.
    if (video.paused) video.play().catch((error) => this.sound.refused(error));
  }

  /** A copy that shows something else than it should and cannot be sought in: have it show that all the same.
   * @param {Part} part
   * @param {number} at */
  renew(part, at) {
    const { video } = this;
    const wanted = mediaTime(part, at);
    if (Math.abs(video.currentTime - wanted) < FAR_S || performance.now() - this.sought < this.patience) return;
    const way = wayTo(part, video, wanted);
    if (way === "stay") return;
    this.sought = performance.now();
    if (way === "anew") {
      this.patience *= 2; // a long one is not read to its end at once
      this.load(video, part, wanted);
      return;
    }
    void beginAt(part, at, this.more.wall).then((found) => {
      if (!found) this.patience *= 2; // the grant may be over
      else if (part === this.part && video === this.video) this.load(video, part, notBefore(part, this.at));
    });
  }

  /** Open the next file before its time.
   * @param {number} at
   * @param {number} rate */
  prepare(at, rate) {
    const next = this.parts.find((one) => one.from > at);
    const spare = this.videos[1];
    if (!next || !spare || next.failed || next.from - at > AHEAD_MS * Math.max(1, rate)) return;
    if (this.videos.some((video) => video.dataset.part === String(next.from))) return;
    if (this.video.dataset.file !== next.url) this.load(spare, next, next.offset);
    else if (!this.part) this.turn(next, next.offset); // nothing of it is on display during a gap
  }

  /** @param {number} at
   * @param {Part | null} part */
  say(at, part) {
    if (part) this.video.pause();
    const gap = this.gaps.some((one) => one.from <= at && one.to > at);
    this.state(part ? "failed" : gap ? "gap" : "outside");
    const words = part ? (this.more.texts.failed ?? "") : nothingThere(at, this.parts, this.gaps, this.more);
    if (this.words.textContent !== words) this.words.textContent = words;
    this.clock.textContent = this.note.textContent = "";
  }

  /** Return the instant that the tile shows, or null while it shows none. */
  shows() {
    if (!this.part || this.part.failed || this.video.readyState < 2 || this.video.seeking) return null;
    return wallTime(this.part, this.video.currentTime);
  }

  /** Tell whether waiting longer would bring anything. */
  settled() {
    return !this.part || this.part.failed || (this.video.readyState >= 2 && !this.video.seeking);
  }

  /** Return the instant of the frame `by` frames from the one on display; a quarter of a frame in, so that rounding hits it.
   * @param {number} by
   * @returns {number | null} */
  frameBeside(by) {
    if (!this.part || this.shows() === null) return null;
    const from = Number.isNaN(this.shownFrame) ? this.video.currentTime : this.shownFrame;
    return wallTime(this.part, from + (by + 0.25) / this.fps);
  }
}
