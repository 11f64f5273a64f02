/**
 * Handshake, the shop's half, for one iframe:
 *   1. the frame posts `ready` with a challenge      2. the bootstrap call obtains a token for that challenge
 *   3. `init` hands token and port to the frame      4. the frame's `initialized` on the port completes it
 * A reload of the iframe makes a new challenge and starts over at 1.
 */

import { LinkError } from '../failures.js';
import { Loading, reload } from './loading.js';
import { bootstrap, preconnect } from './bootstrap.js';
import { NAMESPACE, readReady, VERSION } from '../wire.js';
import { Retries } from '../retries.js';
import { Abort, everySecond, listen, OVER } from '../exchange.js';

/* Deadlines in seconds, from `ready` on: the table of `docs/protocol.md#deadlines`. */
const QUIET_S = 20;
const CEILING_S = 60;
const REMEMBERED_CHALLENGES = 64;
/** Failures of the bootstrap call that pass without anybody's doing. */
const PASSING = new Set(['network', 'offline', 'rate_limited']);

/** @typedef {import('../exchange.js').NetworkEnv} NetworkEnv */
/** @typedef {NetworkEnv & import('../exchange.js').PageTimers & import('../element/place.js').PlaceEnv & { window: Window, MessageChannel: typeof MessageChannel, report: (error: unknown) => void, warn: (text: string) => void }} SdkEnv */
/**
 * @typedef {object} Observer
 * @property {() => void} onStart a frame document starts a handshake; an earlier session is over
 * @property {(port: MessagePort, isGuest: boolean) => void} onPort `init` is about to be posted; events will arrive on `port`. `isGuest`: the page vouched for nobody
 * @property {(failure: LinkError, isUnloaded: boolean) => void} onFailure `isUnloaded`: the iframe shows an error page of the browser instead of the element, or its document has lost its code
 */
/**
 * @typedef {object} Target
 * @property {HTMLIFrameElement} iframe
 * @property {string} elementsOrigin
 * @property {string} businessId
 * @property {import('../wire.js').ElementName} element
 * @property {import('./bootstrap.js').LinkToken} linkToken
 * @property {Record<string, unknown>} options
 */

export class Connection {
  #target;
  #address;
  #env;
  #life;
  #observer;
  /** @type {Set<string>} */
  #seenChallenges = new Set();
  #blockedByPolicy = false;
  /** Challenge of the bootstrap call to repeat when the service answers again. @type {string | null} */
  #retryOnline = null;
  #attempt = new Abort();
  /** @type {Loading | null} */
  #loading = null;
  #retries;
  /** Whether the frame took `init` and said nothing: its code was lost on the way. */
  #isFrameDead = false;
  /** Aborted when no handshake is under way. */
  #clock = new Abort();
  /** Seconds since the last sign of progress. */
  #quietS = 0;

  /** @param {Target} target @param {SdkEnv} env @param {AbortSignal} life @param {Observer} observer */
  constructor(target, env, life, observer) {
    this.#target = target;
    this.#address = target.iframe.src;
    this.#env = env;
    this.#life = life;
    this.#observer = observer;
    this.#retries = new Retries(env, target.elementsOrigin, () => this.#retry());
    life.addEventListener('abort', () => {
      this.#attempt.abort();
      this.complete();
    });
  }

  /** Listen for the frame's messages, and open the bootstrap call's connection. Call this before the iframe is inserted into the document. */
  listen() {
    const { window, document } = this.#env;
    const life = this.#life;
    listen(window, 'message', (event) => this.#onMessage(event), life);
    listen(window, 'online', () => { if (!this.#retries.isHeld) this.#retry(); }, life);
    listen(document, 'visibilitychange', () => { if (this.#env.isSeen()) this.#retries.wake(false); }, life);
    listen(document, 'securitypolicyviolation', (event) => this.#onPolicyViolation(event), life);
    this.#watchLoading();
    preconnect(document, this.#target.elementsOrigin);
  }

  /** The handshake has succeeded or failed, as the frame says: cancel its deadlines. */
  complete() {
    this.#clock.abort(OVER);
    this.#retries.end();
  }

  #watchLoading() {
    const { iframe, elementsOrigin, businessId, element } = this.#target;
    const isBlockedByPolicy = () => this.#blockedByPolicy;
    const onFailure = (/** @type {LinkError} */ failure) => this.#giveUp(failure, true);
    this.#loading?.stop();
    this.#loading = new Loading({ iframe, address: this.#address, elementsOrigin, businessId, element, isBlockedByPolicy, onFailure }, this.#env, this.#life);
  }

  /** @param {LinkError} failure @param {boolean} [isUnloaded] */
  #giveUp(failure, isUnloaded = this.#isFrameDead) {
    this.#clock.abort(OVER);
    if (this.#retryOnline !== null || this.#isFrameDead || this.#loading?.isUnreachable) this.#retries.plan(failure.retryAfterMs);
    this.#observer.onFailure(failure, isUnloaded);
  }

  /** @param {string} challenge */
  #startClock(challenge) {
    this.#clock.abort(OVER);
    this.#retries.cancel();
    this.#clock = new Abort();
    this.#quietS = 0;
    let totalS = 0;
    everySecond(this.#env, this.#clock.signal, () => {
      totalS += 1;
      this.#quietS += 1;
      if (this.#quietS < QUIET_S && totalS < CEILING_S) return;
      this.#attempt.abort();
      this.#isFrameDead = this.#quietS < QUIET_S;
      if (!this.#isFrameDead) this.#retryOnline = challenge; // nothing answered: a network may swallow all it gets
      this.#giveUp(new LinkError('timeout'));
    });
  }

  /** @param {MessageEvent} event */
  #onMessage(event) {
    const frame = this.#target.iframe.contentWindow;
    if (frame === null || event.source !== frame) return;
    if (event.origin !== this.#target.elementsOrigin) return;
    const ready = readReady(event.data); // only now: reading `data` deserialises an object of another window into this page
    if (ready === null || this.#seenChallenges.has(ready.code_challenge)) return;
    this.#remember(ready.code_challenge);
    this.#loading?.stop();
    if (!ready.versions.includes(VERSION)) {
      this.#attempt.abort(); // of the document before this one: its failure is not told as well
      this.#retryOnline = null;
      this.#isFrameDead = false;
      this.#retries.end();
      this.#giveUp(new LinkError(ready.versions.length > 0 ? 'unsupported_version' : 'unsupported_browser'));
      return;
    }
    this.#begin(ready.code_challenge);
  }

  /** @param {string} challenge */
  #remember(challenge) {
    this.#seenChallenges.add(challenge);
    if (this.#seenChallenges.size <= REMEMBERED_CHALLENGES) return;
    for (const oldest of this.#seenChallenges) {
      this.#seenChallenges.delete(oldest);
      return;
    }
  }

  /** @param {string} challenge */
  #begin(challenge) {
    this.#startClock(challenge);
    this.#attempt.abort(OVER);
    this.#attempt = new Abort();
    this.#retryOnline = null;
    this.#isFrameDead = false;
    this.#observer.onStart();
    void this.#run(challenge, this.#attempt.signal);
  }

  /** @param {string} challenge @param {AbortSignal} signal */
  async #run(challenge, signal) {
    const { elementsOrigin, businessId, element, linkToken } = this.#target;
    const isBlockedByPolicy = () => this.#blockedByPolicy;
    const onProgress = () => { this.#quietS = 0; };
    try {
      const options = { elementsOrigin, businessId, element, challenge, linkToken, isBlockedByPolicy, onProgress };
      const { token, isGuest } = await bootstrap(options, this.#env, signal);
      this.#sendInit(challenge, token, isGuest);
    } catch (error) {
      if (!signal.aborted) this.#fail(challenge, error instanceof LinkError ? error : new LinkError('internal'));
    }
  }

  /** @param {string} challenge @param {LinkError} failure */
  #fail(challenge, failure) {
    if (PASSING.has(failure.code)) this.#retryOnline = challenge;
    this.#giveUp(failure);
  }

  #retry() {
    if (this.#retryOnline !== null) this.#begin(this.#retryOnline);
    else if (this.#isFrameDead || this.#loading?.isUnreachable) this.#reload();
  }

  #reload() {
    if (reload(this.#target.iframe, this.#address)) this.startOver();
  }

  /** The iframe loads its document anew: nothing of the one before it counts. */
  startOver() {
    this.#attempt.abort(OVER);
    this.#clock.abort(OVER);
    this.#retries.cancel();
    this.#retryOnline = null;
    this.#isFrameDead = false;
    this.#observer.onStart();
    this.#watchLoading();
  }

  /** @param {string} challenge @param {string} bootstrapToken @param {boolean} isGuest */
  #sendInit(challenge, bootstrapToken, isGuest) {
    const frame = this.#target.iframe.contentWindow;
    if (frame === null) return;
    const { port1, port2 } = new this.#env.MessageChannel();
    this.#observer.onPort(port1, isGuest);
    const init = {
      ns: NAMESPACE,
      v: VERSION,
      type: 'init',
      code_challenge: challenge,
      bootstrap_token: bootstrapToken,
      options: this.#target.options,
      guest: isGuest,
    };
    frame.postMessage(init, this.#target.elementsOrigin, [port2]);
    this.#quietS = -CEILING_S; // from here on the frame counts, and tells on the port
  }

  /** @param {SecurityPolicyViolationEvent} violation */
  #onPolicyViolation({ blockedURI, disposition, effectiveDirective }) {
    if (disposition !== 'enforce' || originOf(blockedURI) !== this.#target.elementsOrigin) return;
    if (effectiveDirective === 'connect-src') {
      this.#blockedByPolicy = true;
    } else if (effectiveDirective === 'frame-src' && this.#seenChallenges.size === 0) {
      this.#loading?.stop();
      this.#giveUp(new LinkError('merchant_csp'), true);
    }
  }
}

/** @param {string} url */
function originOf(url) {
  try {
    return new URL(url).origin;
  } catch {
    return null; // not a URL: `inline`, `eval` and the like
  }
}
