/**
 * The shop's half of the handshake, for one iframe:
 *   1. the frame says `ready` with a challenge    2. bootstrap: a token for that challenge
 *   3. `init` carries token and port to the frame 4. the frame's `initialized` on the port ends it
 * A new document in the iframe has a new challenge and starts over at 1.
 */

import { bootstrap } from './bootstrap.js';
import { after } from './exchange.js';
import { LinkError } from './failures.js';
import { Loading } from './loading.js';
import { NAMESPACE, readReady, VERSION } from './wire.js';

const HANDSHAKE_DEADLINE_MS = 20_000;
const REMEMBERED_CHALLENGES = 64;

/** @typedef {import('./exchange.js').NetworkEnv} NetworkEnv */
/** @typedef {NetworkEnv & { window: Window, document: Document, MessageChannel: typeof MessageChannel, report: (error: unknown) => void, warn: (text: string) => void }} SdkEnv */
/**
 * @typedef {object} Observer
 * @property {() => void} onStart a document asks for a session; whatever an earlier one had is over
 * @property {(port: MessagePort) => void} onPort `init` is on its way, events will come here
 * @property {(failure: LinkError, isUnloaded: boolean) => void} onFailure `isUnloaded`: the iframe shows nothing of ours
 */
/**
 * @typedef {object} Target
 * @property {HTMLIFrameElement} iframe
 * @property {string} elementsOrigin
 * @property {string} businessId
 * @property {import('./wire.js').ElementName} element
 * @property {import('./bootstrap.js').LinkToken} linkToken
 * @property {Record<string, unknown>} options
 */

export class Connection {
  #target;
  #env;
  #life;
  #observer;
  /** @type {Set<string>} */
  #seenChallenges = new Set();
  #blockedByPolicy = false;
  /** The challenge whose bootstrap failed in a way that the network's return may mend. @type {string | null} */
  #retryOnline = null;
  #attempt = new AbortController();
  /** @type {Loading | null} */
  #loading = null;
  /** @type {(() => void) | null} */
  #cancelDeadline = null;

  /** @param {Target} target @param {SdkEnv} env @param {AbortSignal} life @param {Observer} observer */
  constructor(target, env, life, observer) {
    this.#target = target;
    this.#env = env;
    this.#life = life;
    this.#observer = observer;
    life.addEventListener('abort', () => this.#attempt.abort(), { once: true });
  }

  /** Listen for the frame. Call before the iframe is in the document. */
  listen() {
    const { window, document } = this.#env;
    const once = { signal: this.#life };
    window.addEventListener('message', (event) => this.#hear(event), once);
    window.addEventListener('online', () => this.#retry(), once);
    document.addEventListener('securitypolicyviolation', (event) => this.#hearViolation(event), once);
    this.#watchLoading();
    this.#armDeadline();
  }

  /** The handshake is over, well or not: its deadline has nothing more to say. */
  established() {
    this.#cancelDeadline?.();
    this.#cancelDeadline = null;
  }

  #watchLoading() {
    const { iframe, elementsOrigin, businessId, element } = this.#target;
    const isBlockedByPolicy = () => this.#blockedByPolicy;
    const onFailure = (/** @type {LinkError} */ failure) => this.#giveUp(failure, true);
    this.#loading?.stop();
    this.#loading = new Loading({ iframe, elementsOrigin, businessId, element, isBlockedByPolicy, onFailure }, this.#env, this.#life);
  }

  /** @param {LinkError} failure @param {boolean} [isUnloaded] */
  #giveUp(failure, isUnloaded = false) {
    this.established();
    this.#observer.onFailure(failure, isUnloaded);
  }

  #armDeadline() {
    this.#cancelDeadline?.();
    this.#cancelDeadline = after(this.#env, HANDSHAKE_DEADLINE_MS, this.#life, () => {
      this.#attempt.abort();
      this.#giveUp(new LinkError('timeout'));
    });
  }

  /** @param {MessageEvent} event */
  #hear(event) {
    const frame = this.#target.iframe.contentWindow;
    if (frame === null || event.source !== frame) return;
    if (event.origin !== this.#target.elementsOrigin) return;
    const ready = readReady(event.data); // not before: reading it is what builds a stranger's objects in this page
    if (ready === null || this.#seenChallenges.has(ready.code_challenge)) return;
    this.#remember(ready.code_challenge);
    this.#loading?.stop();
    if (!ready.versions.includes(VERSION)) {
      this.#giveUp(new LinkError('unsupported_version'));
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

  /** The first document keeps the deadline that runs since the iframe was made. @param {string} challenge */
  #begin(challenge) {
    const isFirst = this.#seenChallenges.size === 1;
    if (!isFirst || this.#cancelDeadline === null) this.#armDeadline();
    this.#attempt.abort();
    this.#attempt = new AbortController();
    this.#retryOnline = null;
    this.#observer.onStart();
    void this.#run(challenge, this.#attempt.signal);
  }

  /** @param {string} challenge @param {AbortSignal} signal */
  async #run(challenge, signal) {
    const { elementsOrigin, businessId, element, linkToken } = this.#target;
    const isBlockedByPolicy = () => this.#blockedByPolicy;
    try {
      const asking = { elementsOrigin, businessId, element, challenge, linkToken, isBlockedByPolicy };
      const token = await bootstrap(asking, this.#env, signal);
      this.#sendInit(challenge, token);
    } catch (error) {
      if (!signal.aborted) this.#fail(challenge, error instanceof LinkError ? error : new LinkError('internal'));
    }
  }

  /** @param {string} challenge @param {LinkError} failure */
  #fail(challenge, failure) {
    if (failure.code === 'network' || failure.code === 'offline') this.#retryOnline = challenge;
    this.#giveUp(failure);
  }

  #retry() {
    if (this.#retryOnline !== null) this.#begin(this.#retryOnline);
    else if (this.#loading?.isUnreachable) this.#reload();
  }

  #reload() {
    const { iframe } = this.#target;
    const { src } = iframe;
    this.#observer.onStart();
    this.#watchLoading();
    this.#armDeadline();
    iframe.src = src; // the same address again: what the browser shows there now is its own error page
  }

  /** @param {string} challenge @param {string} bootstrapToken */
  #sendInit(challenge, bootstrapToken) {
    const frame = this.#target.iframe.contentWindow;
    if (frame === null) return;
    const { port1, port2 } = new this.#env.MessageChannel();
    this.#observer.onPort(port1);
    const init = {
      ns: NAMESPACE,
      v: VERSION,
      type: 'init',
      code_challenge: challenge,
      bootstrap_token: bootstrapToken,
      options: this.#target.options,
    };
    frame.postMessage(init, this.#target.elementsOrigin, [port2]);
  }

  /** @param {SecurityPolicyViolationEvent} violation */
  #hearViolation({ blockedURI, disposition, effectiveDirective }) {
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
    return null; // `inline`, `eval` and the like
  }
}
