/** One mounted element, as the shop holds it: its iframe, its events, its commands. */

import { Connection } from './connection.js';
import { after } from './exchange.js';
import { LinkError } from './failures.js';
import { isEventType, NAMESPACE, readEvent, VERSION } from './wire.js';

const COMMAND_DEADLINE_MS = 20_000;
const FIRST_HEIGHT_PX = 170;
/** Safe with `allow-same-origin` because the frame is of another origin than the shop. */
const SANDBOX = 'allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox';
/** Failures after which the browser would show its own error page in our place. */
const UNSHOWABLE = new Set(['embed_blocked', 'frame_load_failed', 'merchant_csp']);

/** @typedef {'connecting' | 'guest' | 'authenticated' | 'ended' | 'failed' | 'destroyed'} State */
/** @typedef {import('./wire.js').EventType} EventType */
/** @typedef {import('./wire.js').Fields} Fields */
/** @typedef {(payload: any) => void} Listener */
/** @typedef {{ resolve: (payload: any) => void, reject: (error: LinkError) => void, cancel: () => void }} Pending */
/** @typedef {Omit<import('./connection.js').Target, 'iframe'> & { parent: HTMLElement }} Mounting */

export class LinkHandle {
  #env;
  #life = new AbortController();
  #iframe;
  #connection;
  /** @type {Map<EventType, Set<Listener>>} */
  #listeners = new Map();
  /** @type {Map<string, Pending>} */
  #pending = new Map();
  /** @type {MessagePort | null} */
  #port = null;
  #commandCount = 0;
  /** @type {State} */
  #state = 'connecting';
  /** @type {Pending & { promise: Promise<{ state: string }> }} */
  #ready;

  /** @param {Mounting} mounting @param {import('./connection.js').SdkEnv} env */
  constructor(mounting, env) {
    this.#env = env;
    this.#ready = deferred();
    this.#iframe = createIframe(mounting, env);
    this.#connection = new Connection({ ...mounting, iframe: this.#iframe }, env, this.#life.signal, {
      onStart: () => this.#startOver(),
      onPort: (port) => this.#adopt(port),
      onFailure: (failure) => this.#fail(failure),
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

  /** Have the element renew its token now. @returns {Promise<{ expires_in: number }>} */
  refresh() {
    return this.#command('refresh');
  }

  /** Sign this element out. @returns {Promise<{}>} */
  logout() {
    return this.#command('logout');
  }

  /** Remove the element. Nothing is sent or told after. */
  destroy() {
    if (this.#state === 'destroyed') return;
    this.#state = 'destroyed';
    this.#port?.postMessage({ ns: NAMESPACE, v: VERSION, type: 'destroy', id: this.#nextId() });
    this.#life.abort();
    this.#dropPort('destroyed');
    this.#ready.reject(new LinkError('destroyed'));
    this.#listeners.clear();
    this.#iframe.remove();
  }

  #nextId() {
    this.#commandCount += 1;
    return `c${this.#commandCount}`;
  }

  /** @param {'refresh' | 'logout'} type @returns {Promise<any>} */
  #command(type) {
    const pending = deferred();
    if (this.#port === null) {
      pending.reject(new LinkError(this.#state === 'destroyed' ? 'destroyed' : 'not_connected'));
      return pending.promise;
    }
    const id = this.#nextId();
    pending.cancel = after(this.#env, COMMAND_DEADLINE_MS, this.#life.signal, () => {
      this.#pending.delete(id);
      pending.reject(new LinkError('timeout'));
    });
    this.#pending.set(id, pending);
    this.#port.postMessage({ ns: NAMESPACE, v: VERSION, type, id });
    return pending.promise;
  }

  #startOver() {
    this.#dropPort('not_connected');
    this.#state = 'connecting';
    this.#iframe.style.display = 'block';
  }

  /** @param {MessagePort} port */
  #adopt(port) {
    this.#port = port;
    port.onmessage = ({ data }) => this.#hear(data);
  }

  /** @param {string} code why commands under way get no answer */
  #dropPort(code) {
    if (this.#port !== null) {
      this.#port.onmessage = null;
      this.#port.close();
      this.#port = null;
    }
    for (const { cancel, reject } of this.#pending.values()) {
      cancel();
      reject(new LinkError(code));
    }
    this.#pending.clear();
  }

  /** @param {unknown} data */
  #hear(data) {
    const event = readEvent(data);
    if (event === null) return;
    const { type, id, payload } = event;
    this.#follow(type, payload);
    const pending = id === null ? undefined : this.#pending.get(id);
    if (id !== null && pending) {
      this.#pending.delete(id);
      pending.cancel();
      if (type === 'error') pending.reject(failureOf(payload));
      else pending.resolve(Object.freeze({ ...payload }));
    }
    this.#emit(type, payload);
  }

  /** @param {EventType} type @param {Fields} payload */
  #follow(type, payload) {
    if (type === 'height_change') this.#iframe.style.height = `${payload.height}px`;
    if (type === 'authenticated') this.#state = 'authenticated';
    if (type === 'logout_complete') this.#state = 'ended';
    if (type === 'initialized') {
      this.#connection.established();
      this.#state = payload.state === 'authenticated' ? 'authenticated' : 'guest';
      this.#ready.resolve(Object.freeze({ state: String(payload.state) }));
    }
    if (type === 'error') this.#followError(failureOf(payload));
  }

  /** An error of the frame before `initialized` is the end of the handshake, and its code the reason. @param {LinkError} failure */
  #followError(failure) {
    if (this.#state === 'connecting') {
      this.#connection.established();
      this.#state = 'failed';
      this.#ready.reject(failure);
    } else if (!failure.retryable && failure.code !== 'internal' && this.#state !== 'failed') {
      this.#state = 'ended';
    }
  }

  /** @param {LinkError} failure */
  #fail(failure) {
    this.#dropPort(failure.code);
    this.#state = 'failed';
    if (UNSHOWABLE.has(failure.code)) this.#iframe.style.display = 'none';
    this.#ready.reject(failure);
    this.#emit('error', { code: failure.code, retryable: failure.retryable, message: failure.message });
  }

  /** One listener's fault is not the next one's. @param {EventType} type @param {Fields} payload */
  #emit(type, payload) {
    for (const listener of [...(this.#listeners.get(type) ?? [])]) {
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

/** A promise whose rejection nobody is obliged to handle: the same failure is an `error` event. @returns {Pending & { promise: Promise<any> }} */
function deferred() {
  /** @type {Partial<Pending>} */
  const ends = {};
  const promise = new Promise((resolve, reject) => Object.assign(ends, { resolve, reject }));
  promise.catch(() => {});
  return { .../** @type {Pending} */ (ends), promise, cancel: () => {} };
}
