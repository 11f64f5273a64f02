/** When the next refresh may be made, and when it should be. Told in time elapsed, so no clock can rush or stall it. */

import { remainingMs } from './clock.js';

const REFRESH_AT = 0.8;
const LEAST_BETWEEN_MS = 10_000;
const AFTER_FAILURE_MS = 30_000;

/** @typedef {import('./clock.js').Wait} Wait */
/** @typedef {{ clock: import('./clock.js').Clock, random: () => number }} ScheduleEnv */

export class RefreshSchedule {
  #env;
  #hasFailed = false;
  /** The next refresh should be made after this. @type {Wait | null} */
  #due = null;
  /** None may be made before this is over. @type {Wait | null} */
  #pause = null;
  /** Nor before this: a verification went unanswered, and may have ended the session. @type {Wait | null} */
  #hold = null;

  /** @param {ScheduleEnv} env */
  constructor(env) {
    this.#env = env;
  }

  /** How long until a refresh may be made. */
  get pausedMs() {
    return Math.max(this.#remaining(this.#pause), this.#remaining(this.#hold));
  }

  /** How long until the next should be made. */
  get waitMs() {
    return Math.max(this.#remaining(this.#due), this.pausedMs);
  }

  /** @param {import('./grant.js').Grant} grant */
  granted({ sentAt, expiresInMs }) {
    this.#hasFailed = false;
    this.#hold = null;
    this.#due = { from: sentAt, ms: expiresInMs * REFRESH_AT };
  }

  began() {
    this.#pause = { from: this.#env.clock.now(), ms: LEAST_BETWEEN_MS };
  }

  /** @param {number | null} retryAfterMs */
  failed(retryAfterMs) {
    const from = this.#env.clock.now();
    this.#hasFailed = true;
    // Spread out: every frame of every shop saw the same outage begin.
    this.#due = { from, ms: retryAfterMs ?? AFTER_FAILURE_MS * (0.75 + this.#env.random() / 2) };
    if (retryAfterMs !== null) this.#pause = { from, ms: Math.max(retryAfterMs, LEAST_BETWEEN_MS) };
  }

  /** Something changed for the better: what failed before is due at once. */
  woke() {
    if (this.#hasFailed) this.#due = null;
  }

  /** Make no refresh while these tokens live; `null` lifts that. @param {import('./grant.js').Grant | null} grant */
  hold(grant) {
    this.#hold = grant && { from: grant.sentAt, ms: grant.expiresInMs };
  }

  clear() {
    this.#hasFailed = false;
    this.#due = null;
    this.#pause = null;
    this.#hold = null;
  }

  /** @param {Wait | null} wait */
  #remaining(wait) {
    return remainingMs(this.#env.clock, wait);
  }
}
