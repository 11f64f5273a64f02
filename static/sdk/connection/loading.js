/**
 * Loading of the iframe, watched until its document posts `ready`.
 * A browser does not tell a blocked frame from a server that is down, nor from the error page of a gateway. Requests that any origin may read tell
 * them apart.
 */

import { diagnose } from './diagnose.js';
import { Abort, everySecond, listen, OVER } from '../exchange.js';
import { LinkError } from '../failures.js';
import { COPIED } from '../mistakes.js';
import { probe, SDK_PATH } from '../probe.js';

/* Deadlines in seconds since the last sign of progress: the table of `docs/protocol.md#deadlines`. */
const DEADLINE_S = 10;
/** Early enough for an answer before the deadline; also what is left of the deadline after `load`. */
const PROBE_AT_S = 5;
/** End of loading however slowly it goes on: a line so slow could not carry the handshake either. */
const CEILING_S = 60;
/** Header by which a test deployment can be recognised; only such a deployment is asked for a diagnosis. */
const MODE = 'Link-Mode';

/** @typedef {import('../probe.js').Obstacle} Obstacle */
/**
 * @typedef {object} LoadingTarget
 * @property {HTMLIFrameElement} iframe
 * @property {string} address of the frame's document, as it was mounted: a script of the page could give the iframe another one
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
  #watching = new Abort();
  #isLoaded = false;
  /** Whether the document was requested a second time. */
  #isRepeated = false;
  /** The probe without an answer yet, and whether the page was hidden since it was sent. @type {{ wasHidden: boolean, abort: () => void } | null} */
  #probing = null;
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
    listen(life, 'abort', () => this.stop(), signal);
    listen(target.iframe, 'load', () => this.#loaded(), signal);
    listen(env.document, 'visibilitychange', () => this.#onVisibility(), signal);
    everySecond(env, signal, () => this.#tick());
  }

  /** Whether the frame may load once the service answers. */
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
    const isProbed = this.#quietS >= PROBE_AT_S;
    this.#quietS = Math.min(this.#quietS, PROBE_AT_S);
    if (isProbed && !this.#isRepeated) this.#probeNow(); // before `load`, the probe did not ask for the document
  }

  /** A hidden page may be stopped with all its requests: such a probe says nothing of the service. */
  #onVisibility() {
    if (this.#probing !== null && !this.#env.isSeen()) this.#probing.wasHidden = true;
  }

  #tick() {
    this.#totalS += 1;
    this.#quietS += 1;
    if (this.#quietS === PROBE_AT_S) this.#probeNow();
    if (this.#quietS === DEADLINE_S) this.#judge();
  }

  #judge() {
    if (this.#totalS >= CEILING_S) return this.#fail();
    if (this.#probing?.wasHidden) return this.#probeAgain();
    if (this.#isLoaded || !this.#isArriving()) return this.#fail();
    this.#quietS = 0;
    this.#obstacle = undefined;
  }

  #probeAgain() {
    this.#quietS = PROBE_AT_S;
    this.#probeNow();
  }

  /** Whether bytes arrive: the service answered the probe or, counted once, the document in the iframe is no longer the empty one of this page. */
  #isArriving() {
    if (this.#obstacle !== undefined) return this.#obstacle === null;
    if (this.#hasDocument) return false;
    this.#hasDocument = this.#target.iframe.contentDocument === null;
    return this.#hasDocument;
  }

  #probeNow() {
    this.#probing?.abort();
    const asking = new Abort();
    const abort = () => asking.abort(OVER);
    const probing = { wasHidden: false, abort };
    this.#probing = probing;
    this.#obstacle = undefined;
    listen(this.#watching.signal, 'abort', abort, asking.signal);
    void this.#ask(probing, asking.signal).finally(abort);
  }

  /** @param {{ wasHidden: boolean }} probing @param {AbortSignal} signal */
  async #ask(probing, signal) {
    try {
      const obstacle = await this.#obstacleNow(signal);
      if (signal.aborted) return;
      this.#probing = null;
      if (obstacle !== null && probing.wasHidden && this.#totalS < CEILING_S) return this.#probeAgain();
      this.#obstacle = obstacle;
      if (obstacle === null && this.#isLoaded && !this.#isRepeated) this.#loadAgain();
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** @param {AbortSignal} signal @returns {Promise<Obstacle | null>} */
  async #obstacleNow(signal) {
    const { elementsOrigin, address, isBlockedByPolicy } = this.#target;
    const { obstacle, headers } = await probe(this.#env, elementsOrigin + SDK_PATH, signal, isBlockedByPolicy);
    if (obstacle !== null) return obstacle;
    if (headers?.get(MODE) === 'test') this.#diagnosis ??= diagnose(this.#target, this.#env, this.#life);
    if (!this.#isLoaded) return null;
    const answer = await probe(this.#env, address, signal, isBlockedByPolicy); // a cache may have answered for our script alone
    if (answer.status === 404) this.#env.warn(`Link: ${COPIED}`);
    return answer.obstacle;
  }

  /** The service answers, but what the iframe loaded says nothing: where a gateway answered in its place, the next answer will be the service's. */
  #loadAgain() {
    this.#isRepeated = true;
    this.#isLoaded = !reload(this.#target.iframe, this.#target.address);
  }

  #fail() {
    if (this.#obstacle === undefined) this.#obstacle = 'network'; // no answer since the probe was sent
    const unexplained = this.#isLoaded ? 'embed_blocked' : 'frame_load_failed';
    const failure = new LinkError(this.#obstacle ?? unexplained);
    this.#watching.abort(OVER);
    if (failure.code === 'embed_blocked') void this.#diagnosis?.then((words) => words === null || this.#env.warn(words));
    this.#target.onFailure(failure);
  }
}

/**
 * Load the document again, in place of what the iframe shows: to set `src` would add an entry to the page's history, and Back would lead to it.
 * An iframe to which the page gave another address, or none before the customer's consent, is left alone.
 * @param {HTMLIFrameElement} iframe @param {string} address
 * @returns {boolean} whether it is loaded again
 */
export function reload(iframe, address) {
  if (iframe.src !== address || iframe.contentWindow === null) return false;
  iframe.contentWindow.location.replace(address);
  return true;
}
