/** Schedule of refreshes: the earliest time allowed and the time planned, in elapsed time, so that a wrong clock neither hurries nor blocks one. */

import { remainingMs } from './clock.js';

const REFRESH_AT = 0.8;
const LEAST_BETWEEN_MS = 10_000;
const AFTER_FAILURE_MS = 30_000;

/** @typedef {import('./clock.js').Wait} Wait */
/** @typedef {{ clock: import('./clock.js').Clock, random: () => number }} ScheduleEnv */

export class RefreshSchedule {
  #env;
  #hasFailed = false;
  /** The next refresh is planned after this wait. @type {Wait | null} */
  #due = null;
  /** Pause after each refresh, or for as long as Retry-After demands: no refresh is allowed meanwhile. @type {Wait | null} */
  #pause = null;
  /** Pause after a code verification without an answer, which may have ended the session: no refresh is allowed either. @type {Wait | null} */
  #hold = null;

  /** @param {ScheduleEnv} env */
  constructor(env) {
    this.#env = env;
  }

  /** Milliseconds until a refresh is allowed. */
  get pausedMs() {
    return Math.max(this.#remaining(this.#pause), this.#remaining(this.#hold));
  }

  /** Milliseconds until the next refresh is due. */
  get waitMs() {
    return Math.max(this.#remaining(this.#due), this.pausedMs);
  }

  /** @param {import('./grant.js').Grant} grant */
  onGrant({ sentAt, expiresInMs }) {
    this.#hasFailed = false;
    this.#hold = null;
    this.#due = { from: sentAt, ms: expiresInMs * REFRESH_AT };
  }

  onStart() {
    this.#pause = { from: this.#env.clock.now(), ms: LEAST_BETWEEN_MS };
  }

  /** @param {number | null} retryAfterMs */
  onFailure(retryAfterMs) {
    const from = this.#env.clock.now();
    this.#hasFailed = true;
    // Jitter: all frames of all shops saw the same outage begin.
    this.#due = { from, ms: retryAfterMs ?? AFTER_FAILURE_MS * (0.75 + this.#env.random() / 2) };
    if (retryAfterMs !== null) this.#pause = { from, ms: Math.max(retryAfterMs, LEAST_BETWEEN_MS) };
  }

  /** Retry a failed refresh at once: the page woke up or the network came back. */
  onWake() {
    if (this.#hasFailed) this.#due = null;
  }

  /** Allow no refresh while these tokens are valid; `null` lifts the hold. @param {import('./grant.js').Grant | null} grant */
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
