/**
 * Loading of the iframe, watched until its document posts `ready`.
 * A browser does not tell a blocked frame from a server that is down. A request for our own script, open to any origin, tells them apart.
 */

import { diagnose } from './diagnose.js';
import { everySecond, fetchOnce, isTransient, OVER, sleep, Unreachable } from './exchange.js';
import { LinkError } from './failures.js';

/* Deadlines in seconds since the last sign of progress: the table of `docs/protocol.md#deadlines`. */
const DEADLINE_S = 10;
/** Early enough for an answer before the deadline; also what is left of the deadline after `load`. */
const PROBE_AT_S = 5;
/** End of loading however slowly it goes on: a line so slow could not carry the handshake either. */
const CEILING_S = 60;
const PROBE_PATH = '/elements/sdk/v1.js';
/** Header by which a test deployment can be recognised; only such a deployment is asked for a diagnosis. */
const MODE = 'Link-Mode';

/** @typedef {'merchant_csp' | 'rate_limited' | 'network' | 'offline'} Obstacle */
/**
 * @typedef {object} LoadingTarget
 * @property {HTMLIFrameElement} iframe
 * @property {string} elementsOrigin
 * @property {string} businessId
 * @property {string} element
 * @property {() => boolean} isBlockedByPolicy whether the page's own CSP has refused a call
 * @property {(failure: LinkError) => void} onFailure
 */

export class Loading {
  #target;
  #env;
  #life;
  #watching = new AbortController();
  #isLoaded = false;
  /** Whether the arrival of the frame's document was counted as progress. */
  #hasDocument = false;
  #totalS = 0;
  /** Seconds since the last sign of progress. */
  #quietS = 0;
  /** Result of the last probe: undefined before it, null when nothing prevents the frame from loading. @type {Obstacle | null | undefined} */
  #obstacle;
  /** Diagnosis of a test deployment, requested by the probe. @type {Promise<string | null> | null} */
  #diagnosis = null;

  /** @param {LoadingTarget} target @param {import('./connection.js').SdkEnv} env @param {AbortSignal} life */
  constructor(target, env, life) {
    this.#target = target;
    this.#env = env;
    this.#life = life;
    const { signal } = this.#watching;
    life.addEventListener('abort', () => this.stop(), { once: true, signal });
    target.iframe.addEventListener('load', () => this.#loaded(), { once: true, signal });
    everySecond(env, signal, () => this.#tick());
  }

  /** Whether the frame may load when the network comes back. */
  get isUnreachable() {
    return this.#obstacle === 'network' || this.#obstacle === 'offline';
  }

  /** Stop watching: the document posted `ready`, or the handshake is over. */
  stop() {
    this.#watching.abort(OVER);
    this.#obstacle = undefined;
  }

  #loaded() {
    this.#isLoaded = true;
    this.#quietS = Math.min(this.#quietS, PROBE_AT_S);
  }

  #tick() {
    this.#totalS += 1;
    this.#quietS += 1;
    if (this.#quietS === PROBE_AT_S) void this.#probeNow();
    if (this.#quietS === DEADLINE_S) this.#judge();
  }

  #judge() {
    if (this.#isLoaded || this.#totalS >= CEILING_S || !this.#isArriving()) return this.#fail();
    this.#quietS = 0;
    this.#obstacle = undefined;
  }

  /** Whether bytes arrive: the service answered the probe or, counted once, the document in the iframe is no longer the empty one of this page. */
  #isArriving() {
    if (this.#obstacle !== undefined) return this.#obstacle === null;
    if (this.#hasDocument) return false;
    this.#hasDocument = this.#target.iframe.contentDocument === null;
    return this.#hasDocument;
  }

  async #probeNow() {
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
    const request = { method: 'HEAD', cache: 'no-store', credentials: 'omit', mode: 'cors' };
    try {
      const { status, headers } = await fetchOnce(this.#env, `${this.#target.elementsOrigin}${PROBE_PATH}`, /** @type {RequestInit} */ (request), signal);
      if (isTransient(status)) return status === 429 ? 'rate_limited' : 'network';
      if (headers.get(MODE) === 'test') this.#diagnosis ??= diagnose(this.#target, this.#env, this.#life);
      return null;
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      await sleep(this.#env, 0, signal); // CSP: the fetch rejects one task before its `securitypolicyviolation` event
      if (this.#target.isBlockedByPolicy()) return 'merchant_csp';
      return this.#env.isOnline() ? 'network' : 'offline';
    }
  }

  #fail() {
    if (this.#obstacle === undefined) this.#obstacle = 'network'; // no answer since the probe was sent
    const unexplained = this.#isLoaded ? 'embed_blocked' : 'frame_load_failed';
    const failure = new LinkError(this.#obstacle ?? unexplained);
    this.#watching.abort();
    if (failure.code === 'embed_blocked') void this.#diagnosis?.then((words) => words === null || this.#env.warn(words));
    this.#target.onFailure(failure);
  }
}
