/** The master: a clock on the wall of the recording. It is no video's, so it goes on where cameras recorded nothing. */

export class Clock {
  /** @param {() => number} monotonic milliseconds of this machine, that never jump */
  constructor(monotonic = () => performance.now()) {
    this.monotonic = monotonic;
    this.base = 0;
    this.since = 0;
    this.rate = 1;
    this.running = false;
  }

  /** Milliseconds since 1970 of the recording. */
  now() {
    return this.running ? this.base + (this.monotonic() - this.since) * this.rate : this.base;
  }

  /** @param {number} at */
  set(at) {
    this.base = at;
    this.since = this.monotonic();
  }

  /** @param {boolean} running */
  run(running) {
    this.set(this.now());
    this.running = running;
  }

  /** @param {number} rate */
  speed(rate) {
    this.set(this.now());
    this.rate = rate;
  }
}
