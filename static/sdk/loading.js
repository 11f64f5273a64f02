/**
 * Watches an iframe until its document says `ready`.
 * A refused embedding looks to the shop like a dead server, so our own script, which any page may fetch, tells the two apart.
 */

import { diagnose } from './diagnose.js';
import { after, ask, isTransient, sleep, Unreachable } from './exchange.js';
import { LinkError } from './failures.js';

const READY_DEADLINE_MS = 10_000;
const LOOK_AFTER_LOAD_MS = 3_000;
/** Without a load event too there must be time for an answer before the deadline. */
const LOOK_AT_MS = 5_000;
const PROBE = '/elements/sdk/v1.js';
/** With our own script a test deployment says that it is one, and has more to say; a live one is not even asked. */
const MODE = 'Link-Mode';

/** @typedef {'merchant_csp' | 'rate_limited' | 'network' | 'offline'} Obstacle */
/**
 * @typedef {object} Watched
 * @property {HTMLIFrameElement} iframe
 * @property {string} elementsOrigin
 * @property {string} businessId
 * @property {string} element
 * @property {() => boolean} isBlockedByPolicy whether the page's own CSP has refused a call
 * @property {(failure: LinkError) => void} onFailure
 */

export class Loading {
  #watched;
  #env;
  #life;
  #watching = new AbortController();
  #isLoaded = false;
  #isLooking = false;
  /** Undefined until it is known; null when nothing is in the way. @type {Obstacle | null | undefined} */
  #obstacle;
  /** What a test deployment has to say of the blank frame. @type {Promise<string | null> | null} */
  #diagnosis = null;

  /** @param {Watched} watched @param {import('./connection.js').SdkEnv} env @param {AbortSignal} life */
  constructor(watched, env, life) {
    this.#watched = watched;
    this.#env = env;
    this.#life = life;
    const { signal } = this.#watching;
    life.addEventListener('abort', () => this.stop(), { once: true, signal });
    watched.iframe.addEventListener('load', () => this.#loaded(), { once: true, signal });
    after(env, LOOK_AT_MS, signal, () => void this.#look());
    after(env, READY_DEADLINE_MS, signal, () => this.#fail());
  }

  /** Whether the network's return may mend what was found. */
  get isUnreachable() {
    return this.#obstacle === 'network' || this.#obstacle === 'offline';
  }

  /** The document answered, or nothing it may say matters any more. */
  stop() {
    this.#watching.abort();
    this.#obstacle = undefined;
  }

  #loaded() {
    this.#isLoaded = true;
    after(this.#env, LOOK_AFTER_LOAD_MS, this.#watching.signal, () => void this.#look());
  }

  async #look() {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const { signal } = this.#watching;
    try {
      const obstacle = await this.#probe(signal);
      if (!signal.aborted) this.#obstacle = obstacle;
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** @param {AbortSignal} signal @returns {Promise<Obstacle | null>} */
  async #probe(signal) {
    const request = { method: 'GET', cache: 'no-store', credentials: 'omit', mode: 'cors' };
    try {
      const { status, headers } = await ask(this.#env, `${this.#watched.elementsOrigin}${PROBE}`, /** @type {RequestInit} */ (request), signal);
      if (isTransient(status)) return status === 429 ? 'rate_limited' : 'network';
      if (headers.get(MODE) === 'test') this.#diagnosis = diagnose(this.#watched, this.#env, this.#life);
      return null;
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      await sleep(this.#env, 0, signal); // a policy's refusal rejects the fetch one task before its event is heard
      if (this.#watched.isBlockedByPolicy()) return 'merchant_csp';
      return this.#env.isOnline() ? 'network' : 'offline';
    }
  }

  #fail() {
    if (this.#obstacle === undefined) this.#obstacle = 'network'; // five seconds and no answer
    const unexplained = this.#isLoaded ? 'embed_blocked' : 'frame_load_failed';
    const failure = new LinkError(this.#obstacle ?? unexplained);
    this.#watching.abort();
    if (failure.code === 'embed_blocked') void this.#diagnosis?.then((words) => words === null || this.#env.warn(words));
    this.#watched.onFailure(failure);
  }
}
