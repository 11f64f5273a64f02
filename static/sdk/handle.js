/** One mounted element, as the shop holds it: its iframe, its events, its commands. */

import { Commands, deferred } from './commands.js';
import { Connection } from './connection.js';
import { after } from './exchange.js';
import { LinkError } from './failures.js';
import { isEventType, readEvent, VERSION } from './wire.js';

/** As tall as the tallest of the frame's first views, so that none is cut off before a port can tell its height. */
const FIRST_HEIGHT_PX = 220;
/** Safe with `allow-same-origin` because the frame is of another origin than the shop. */
const SANDBOX = 'allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox';
/** Errors by which the frame says that its session is over. */
const ENDINGS = new Set([
  'session_expired', 'session_revoked', 'origin_not_allowed', 'origin_malformed', 'business_disabled', 'unknown_business', 'invalid_request',
]);

/** @typedef {'connecting' | 'guest' | 'authenticated' | 'ended' | 'failed' | 'destroyed'} State */
/** @typedef {import('./wire.js').EventType} EventType */
/** @typedef {import('./wire.js').Fields} Fields */
/** @typedef {(payload: any) => void} Listener */
/** @typedef {Omit<import('./connection.js').Target, 'iframe'> & { parent: HTMLElement }} Mounting */

export class LinkHandle {
  #env;
  #life = new AbortController();
  #iframe;
  #connection;
  /** @type {Map<EventType, Set<Listener>>} */
  #listeners = new Map();
  #commands;
  /** @type {MessagePort | null} */
  #port = null;
  #isSignedOut = false;
  /** @type {State} */
  #state = 'connecting';
  /** @type {import('./commands.js').Deferred} */
  #ready;

  /** @param {Mounting} mounting @param {import('./connection.js').SdkEnv} env */
  constructor(mounting, env) {
    this.#env = env;
    this.#ready = deferred();
    this.#commands = new Commands(env, this.#life.signal);
    this.#iframe = createIframe(mounting, env);
    this.#connection = new Connection({ ...mounting, iframe: this.#iframe }, env, this.#life.signal, {
      onStart: () => this.#startOver(),
      onPort: (port) => this.#adopt(port),
      onFailure: (failure, isUnloaded) => this.#fail(failure, isUnloaded),
    });
    const refusal = refusalOf(env.window);
    if (refusal) {
      after(env, 0, this.#life.signal, () => this.#fail(refusal)); // not before the shop can have called `on`
      return;
    }
    this.#connection.listen();
    mounting.parent.append(this.#iframe);
  }

  /** `connecting`, `guest`, `authenticated`, `ended`, `failed` or `destroyed`. */
  get state() {
    return this.#state;
  }

  /** Resolves with `{state}` at the first `initialized`; rejects at the first failure. */
  get ready() {
    return this.#ready.promise;
  }

  /**
   * Call `listener` with the payload of each event of this type.
   * @param {EventType} type @param {Listener} listener
   * @returns {() => void} unsubscribes
   */
  on(type, listener) {
    if (!isEventType(type)) throw new TypeError(`Link: unknown event ${JSON.stringify(type)}`);
    if (typeof listener !== 'function') throw new TypeError('Link: a listener is a function');
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /** Have the element renew its token now, or as soon as it is connected. @returns {Promise<{ expires_in: number }>} */
  refresh() {
    return this.#command('refresh');
  }

  /** Sign this element out, or as soon as it is connected. @returns {Promise<{}>} */
  logout() {
    return this.#command('logout');
  }

  /** Remove the element. Nothing is sent or told after. */
  destroy() {
    if (this.#state === 'destroyed') return;
    this.#state = 'destroyed';
    this.#commands.sendDestroy(this.#port);
    this.#life.abort();
    this.#dropPort();
    this.#commands.refuse('destroyed');
    this.#ready.reject(new LinkError('destroyed'));
    this.#listeners.clear();
    this.#iframe.remove();
  }

  /** @param {'refresh' | 'logout'} type @returns {Promise<any>} */
  #command(type) {
    const canBeAnswered = this.#state === 'connecting' || this.#port !== null;
    if (this.#state !== 'failed' && canBeAnswered) return this.#commands.give(type);
    const { promise, reject } = deferred();
    reject(new LinkError(this.#state === 'destroyed' ? 'destroyed' : 'not_connected'));
    return promise;
  }

  #startOver() {
    this.#dropPort();
    this.#commands.interrupt('not_connected');
    this.#state = 'connecting';
    this.#iframe.style.display = 'block';
  }

  /** @param {MessagePort} port */
  #adopt(port) {
    this.#port = port;
    port.onmessage = ({ data }) => this.#hear(data);
  }

  #dropPort() {
    if (this.#port === null) return;
    this.#port.onmessage = null;
    this.#port.close();
    this.#port = null;
  }

  /** @param {unknown} data */
  #hear(data) {
    const event = readEvent(data);
    if (event === null) return;
    const { type, id, payload } = event;
    const isNews = type !== 'logout_complete' || !this.#isSignedOut;
    this.#follow(type, payload, id);
    if (id !== null) {
      this.#commands.answer(id, ({ resolve, reject }) => {
        if (type === 'error') reject(failureOf(payload));
        else resolve(Object.freeze({ ...payload }));
      });
    }
    if (isNews) this.#emit(type, payload);
  }

  /** @param {EventType} type @param {Fields} payload @param {string | null} id */
  #follow(type, payload, id) {
    if (type === 'height_change') this.#iframe.style.height = `${payload.height}px`;
    if (type === 'authenticated') this.#state = 'authenticated';
    if (type === 'initialized') this.#followStart(payload);
    if (type === 'logout_complete') this.#followLogout();
    if (type === 'error') this.#followError(failureOf(payload), id);
  }

  /** @param {Fields} payload */
  #followStart(payload) {
    this.#connection.established();
    this.#isSignedOut = false;
    this.#state = payload.state === 'authenticated' ? 'authenticated' : 'guest';
    this.#ready.resolve(Object.freeze({ state: String(payload.state) }));
    if (this.#port !== null) this.#commands.open(this.#port);
  }

  /** May come in place of `initialized`: nothing else will end that handshake. */
  #followLogout() {
    this.#connection.established();
    this.#isSignedOut = true;
    this.#state = 'ended';
    this.#ready.reject(new LinkError('signed_out'));
    if (this.#port !== null) this.#commands.open(this.#port);
  }

  /**
   * An error of the frame before `initialized` is the end of the handshake, and its code the reason;
   * unless it answers a command, which is not the handshake's affair.
   * @param {LinkError} failure @param {string | null} id
   */
  #followError(failure, id) {
    if (this.#state === 'connecting') {
      if (id !== null) return;
      this.#connection.established();
      this.#state = 'failed';
      this.#ready.reject(failure);
      this.#commands.refuse(failure.code);
    } else if (ENDINGS.has(failure.code) && this.#state !== 'failed') {
      this.#state = 'ended';
    }
  }

  /** @param {LinkError} failure @param {boolean} [isUnloaded] the browser would show its own error page in our place */
  #fail(failure, isUnloaded = false) {
    this.#commands.sendDestroy(this.#port); // or the frame would go on to a session that nobody waits for
    this.#dropPort();
    this.#commands.refuse(failure.code);
    this.#state = 'failed';
    if (isUnloaded || failure.code === 'merchant_csp') this.#iframe.style.display = 'none';
    this.#ready.reject(failure);
    this.#emit('error', { code: failure.code, retryable: failure.retryable, message: failure.message });
  }

  /** One listener's fault is not the next one's. @param {EventType} type @param {Fields} payload */
  #emit(type, payload) {
    for (const listener of [...(this.#listeners.get(type) ?? [])]) {
      if (this.#state === 'destroyed') return; // by a listener before this one
      try {
        listener(Object.freeze({ ...payload }));
      } catch (error) {
        this.#env.report(error);
      }
    }
  }
}

/** @param {Mounting} mounting @param {import('./connection.js').SdkEnv} env */
function createIframe({ elementsOrigin, businessId, element }, { window, document }) {
  const url = new URL(`/elements/${element}`, elementsOrigin);
  url.search = new URLSearchParams({ business_id: businessId, parent_origin: window.origin, v: String(VERSION) }).toString();
  const iframe = document.createElement('iframe');
  iframe.src = url.href;
  iframe.title = `Cimplify Link ${element}`;
  iframe.setAttribute('sandbox', SANDBOX);
  const { style } = iframe;
  style.display = 'block';
  style.width = '100%';
  style.height = `${FIRST_HEIGHT_PX}px`;
  style.border = '0';
  style.colorScheme = 'light'; // as the frame's canvas, which is transparent only so
  return iframe;
}

/** @param {Window} window @returns {LinkError | null} */
function refusalOf(window) {
  if (!window.isSecureContext) return new LinkError('insecure_context');
  return window.origin === 'null' ? new LinkError('origin_not_allowed') : null;
}

/** @param {Fields} payload of an `error` event */
function failureOf({ code, retryable, message }) {
  return new LinkError(String(code), { retryable: Boolean(retryable), message: String(message) });
}
