/**
 * Retries of what failed for want of a network. A browser does not tell the end of every dead zone, so the service is asked after growing pauses,
 * as long as the page is seen, and at once when the customer comes back to the page. Nothing is shown or told until it answers.
 */

import { Abort, after, everySecond, OVER } from './exchange.js';
import { probe, SDK_PATH } from './probe.js';

const FIRST_PAUSE_S = 3;
const LONGEST_PAUSE_S = 60;

/** @typedef {import('./exchange.js').NetworkEnv & import('./exchange.js').PageTimers} RetryEnv */

export class Retries {
  #env;
  #elementsOrigin;
  #task;
  /** Aborted when nothing waits for a retry. */
  #waiting = new Abort();
  #isPlanned = false;
  #failures = 0;
  /** Aborted when `isHeld` no longer counts. */
  #holding = new Abort();
  /** Whether the server wants no retry yet: neither an event of the browser nor the customer's return brings one. */
  isHeld = false;

  /** @param {RetryEnv} env @param {string} elementsOrigin @param {() => void} task tries again; if that fails too, it calls `plan` */
  constructor(env, elementsOrigin, task) {
    this.#env = env;
    this.#elementsOrigin = elementsOrigin;
    this.#task = task;
  }

  /** It failed: try again after a pause, twice as long as the one before. @param {number | null} [retryAfterMs] milliseconds for which the server wants no retry */
  plan(retryAfterMs) {
    this.#failures += 1;
    if (retryAfterMs) this.#hold(retryAfterMs);
    this.#wait();
  }

  /** The customer is back: what was asked while the page was hidden may never be answered. @param {boolean} isOnline the browser says that the network is back: try again at once */
  wake(isOnline) {
    if (!this.#isPlanned || this.isHeld) return;
    if (!isOnline) return void this.#ask(this.#wait());
    this.cancel();
    this.#task();
  }

  /** Something else has begun: it may fail as well. */
  cancel() {
    this.#isPlanned = false;
    this.#waiting.abort(OVER);
  }

  /** It has succeeded, or nobody wants it any more. */
  end() {
    this.cancel();
    this.#holding.abort(OVER);
    this.isHeld = false;
    this.#failures = 0;
  }

  /** Every client was told the same time, so each adds up to a quarter. @param {number} ms */
  #hold(ms) {
    this.#holding.abort(OVER);
    this.#holding = new Abort();
    this.isHeld = true;
    after(this.#env, ms * (1 + this.#env.random() / 4), this.#holding.signal, () => { this.isHeld = false; });
  }

  /** @returns {AbortSignal} aborted when this pause is over */
  #wait() {
    this.cancel();
    this.#isPlanned = true;
    this.#waiting = new Abort();
    const { signal } = this.#waiting;
    const pauseS = Math.min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** (this.#failures - 1)) * (0.75 + this.#env.random() / 2);
    let leftS = Math.ceil(pauseS);
    everySecond(this.#env, signal, () => {
      leftS -= 1;
      if (leftS > 0 || this.isHeld) return;
      leftS = Infinity;
      void this.#ask(signal);
    });
    return signal;
  }

  /** Ask whether the service answers, and if so, try again. @param {AbortSignal} signal */
  async #ask(signal) {
    try {
      const { obstacle, retryAfterMs } = await probe(this.#env, this.#elementsOrigin + SDK_PATH, signal);
      if (signal.aborted) return;
      if (obstacle === null) this.wake(true);
      else this.plan(retryAfterMs);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
