/** Handle of a mounted element, as the shop uses it: its iframe, events and commands. */

import { createIframe, themeOf, drawOutline, insertIframe, endOutline, nameIframe, removeOutline } from './iframe.js';
import { optionsOf, refuse } from '../mistakes.js';
import { watchPlace } from './place.js';
import { unsupportedReason } from '../own-failures.js';
import { isEventType, readEvent } from '../wire.js';
import { Connection } from '../connection/connection.js';
import { Commands, deferred } from './commands.js';
import { fieldsOf, LinkError } from '../failures.js';
import { Abort, after, listen, OVER } from '../exchange.js';

/** Errors that end the session. */
const ENDINGS = new Set([
  'session_expired', 'session_revoked', 'origin_not_allowed', 'origin_malformed', 'business_disabled', 'unknown_business', 'invalid_request',
]);

/** @typedef {'connecting' | 'guest' | 'authenticated' | 'ended' | 'failed' | 'destroyed'} State */
/** @typedef {import('../wire.js').EventType | 'ready' | 'loaderror'} EventType the last two are the SDK's own: no frame sends them */
/** @typedef {import('../wire.js').Fields} Fields */
/** @typedef {(payload: any) => void} Listener */
/** @typedef {Omit<import('../connection/connection.js').Target, 'iframe'> & { parent: HTMLElement, others: Iterable<LinkHandle>, onDestroyed?: () => void }} Mounting `others`: handles of the page's other elements of this business */

export class LinkHandle {
  #env;
  #options;
  #onDestroyed;
  #life = new Abort();
  iframe; // for the other elements of the page (`iframe.js`); the build shortens its name
  #outline;
  #connection;
  /** @type {Map<EventType, Set<Listener>>} */
  #listeners = new Map();
  #commands;
  /** @type {MessagePort | null} */
  #port = null;
  #isSignedOut = false;
  /** Whether the page vouched for nobody at the last handshake: who is signed in then is so by a code. */
  isGuest = true;
  #isShown = false; // whether `ready` was told
  /** Failures told since the last success: a handshake that fails alike again was begun without the shop, and is not told. @type {Set<string>} */
  #told = new Set();
  /** @type {State} */
  #state = 'connecting';
  /** @type {import('./commands.js').Deferred} */
  #ready;

  /** @param {Mounting} mounting @param {import('../connection/connection.js').SdkEnv} env */
  constructor(mounting, env) {
    this.#env = env;
    this.#options = mounting.options;
    this.#onDestroyed = mounting.onDestroyed;
    this.#ready = deferred();
    this.#commands = new Commands(env, this.#life.signal);
    this.iframe = createIframe(mounting, env);
    this.#outline = () => drawOutline(this.iframe, mounting.options, env.window);
    this.#outline();
    listen(themeOf(env.window), 'change', () => { if (this.iframe.hasAttribute('aria-busy')) this.#outline(); }, this.#life.signal);
    this.#connection = new Connection({ ...mounting, iframe: this.iframe }, env, this.#life.signal, {
      onStart: () => this.#startOver(),
      onPort: (port, isGuest) => this.#adopt(port, isGuest),
      onFailure: (failure, isUnloaded) => this.#fail(failure, isUnloaded),
    });
    const unsupported = unsupportedReason(env.window);
    if (unsupported) {
      if (unsupported.code === 'unsupported_browser') insertIframe(this.iframe, mounting); // its document tells the customer
      after(env, 0, this.#life.signal, () => this.#fail(unsupported)); // after the shop has had the time to call `on`
      return;
    }
    this.#connection.listen();
    insertIframe(this.iframe, mounting);
    watchPlace(this.iframe, env, this.#life.signal, () => this.destroy(), () => this.#onMoved());
  }

  /** `connecting`, `guest`, `authenticated`, `ended`, `failed` or `destroyed`. */
  get state() {
    return this.#state;
  }

  /** Resolves with `{state}` at the first `initialized`, rejects at the first failure. A connection that starts over after a failure has a new promise. */
  get ready() {
    return this.#ready.promise;
  }

  /**
   * Call `listener` with the payload of each event of this type.
   * @param {EventType} type @param {Listener} listener
   * @returns {() => void} removes the listener
   */
  on(type, listener) {
    if (type !== 'ready' && type !== 'loaderror' && !isEventType(type)) refuse(`unknown event ${JSON.stringify(type)}`);
    if (typeof listener !== 'function') refuse('a listener is a function');
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  /** Refresh the element's token now, or as soon as it is connected. @returns {Promise<{ expires_in: number }>} */
  refresh() {
    return this.#command('refresh');
  }

  /** Sign this element out now, or as soon as it is connected. @returns {Promise<{}>} */
  logout() {
    return this.#command('logout');
  }

  /** Change look and language, now and for every connection to come. @param {{ appearance?: unknown, locale?: unknown }} [changed] as in `mount` */
  update(changed = {}) {
    Object.assign(this.#options, optionsOf(changed, this.#options.appearance));
    nameIframe(this.iframe, this.#options);
    this.#commands.sendNow(this.#port, 'update', { options: this.#options });
  }

  /** Remove the element, as the page does that removes its iframe. No event follows, and every pending command rejects. */
  destroy() {
    if (this.#state === 'destroyed') return;
    this.#state = 'destroyed';
    this.#commands.sendNow(this.#port, 'destroy');
    this.#life.abort(OVER);
    this.#dropPort();
    this.#commands.rejectAll('destroyed');
    this.#ready.reject(new LinkError('destroyed'));
    this.#listeners.clear();
    this.iframe.remove();
    this.#onDestroyed?.();
  }

  /** @param {'refresh' | 'logout'} type @returns {Promise<any>} */
  #command(type) {
    const canBeAnswered = this.#state === 'connecting' || this.#port !== null;
    if (this.#state !== 'failed' && canBeAnswered) return this.#commands.enqueue(type);
    const { promise, reject } = deferred();
    reject(new LinkError(this.#state === 'destroyed' ? 'destroyed' : 'not_connected'));
    return promise;
  }

  #startOver() {
    this.#dropPort();
    this.#commands.rejectSent('not_connected');
    if (this.#state === 'failed') this.#ready = deferred();
    this.#state = 'connecting';
    this.iframe.style.display = 'block';
    this.#outline();
  }

  /** The page moved the iframe: the browser loads its document anew, and the session of the one before it is over. */
  #onMoved() {
    const hadSession = this.#state !== 'connecting' && this.#state !== 'failed';
    if (hadSession) this.#ready = deferred();
    this.#connection.startOver();
    if (hadSession) this.#tell(new LinkError('moved'));
  }

  /** @param {MessagePort} port @param {boolean} isGuest */
  #adopt(port, isGuest) {
    this.#port = port;
    this.isGuest = isGuest;
    port.onmessage = ({ data }) => this.#onPortMessage(data);
    this.#commands.open(port, 'refresh');
  }

  #dropPort() {
    if (this.#port === null) return;
    this.#port.onmessage = null;
    this.#port.close();
    this.#port = null;
  }

  /** @param {unknown} data */
  #onPortMessage(data) {
    const event = readEvent(data);
    if (event === null) return;
    const { type, id, payload } = event;
    const isNew = this.#isNew(type, payload, id);
    this.#updateState(type, payload, id);
    if (id !== null) {
      this.#commands.answer(id, ({ resolve, reject }) => {
        if (type === 'error') reject(failureOf(payload));
        else resolve(Object.freeze({ ...payload }));
      });
    }
    if (type === 'step' && !this.#isShown) {
      this.#isShown = true;
      this.#emit('ready', {});
    }
    if (isNew) this.#emit(type, payload);
  }

  /** @param {EventType} type @param {Fields} payload @param {string | null} id */
  #isNew(type, payload, id) {
    if (type === 'logout_complete') return !this.#isSignedOut;
    return type !== 'error' || id !== null || this.#state !== 'connecting' || this.#isNewFailure(String(payload.code));
  }

  /** @param {string} code of a handshake that failed */
  #isNewFailure(code) {
    if (this.#told.has(code)) return false;
    if (this.#listeners.get('error')?.size || this.#listeners.get('loaderror')?.size) this.#told.add(code);
    return true;
  }

  /** @param {EventType} type @param {Fields} payload @param {string | null} id */
  #updateState(type, payload, id) {
    if (type === 'height_change') this.#onHeight(payload);
    if (type === 'authenticated') this.#state = 'authenticated';
    if (type === 'initialized') this.#onInitialized(payload);
    if (type === 'logout_complete') this.#onLogoutComplete();
    if (type === 'error') this.#onErrorEvent(failureOf(payload), id);
  }

  /** @param {Fields} payload */
  #onHeight({ height }) {
    this.iframe.style.height = `${height}px`;
    removeOutline(this.iframe);
  }

  /** @param {Fields} payload */
  #onInitialized(payload) {
    this.#connection.complete();
    this.#isSignedOut = false;
    this.#told.clear();
    this.#state = payload.state === 'authenticated' ? 'authenticated' : 'guest';
    this.#ready.resolve(Object.freeze({ state: String(payload.state) }));
    if (this.#port !== null) this.#commands.open(this.#port);
  }

  /** Sign-out. It may also answer a handshake in place of `initialized`, and then ends it. */
  #onLogoutComplete() {
    this.#connection.complete();
    this.#isSignedOut = true;
    this.#told.clear();
    this.#state = 'ended';
    endOutline(this.iframe);
    this.#ready.reject(new LinkError('signed_out'));
    if (this.#port !== null) this.#commands.open(this.#port);
  }

  /**
   * An error before `initialized` ends the handshake with its code, unless it answers a command:
   * a failed command does not end the handshake.
   * @param {LinkError} failure @param {string | null} id
   */
  #onErrorEvent(failure, id) {
    if (this.#state === 'connecting') {
      if (id !== null) return;
      this.#connection.complete();
      this.#state = 'failed';
      endOutline(this.iframe);
      this.#ready.reject(failure);
      this.#commands.rejectAll(failure.code);
    } else if (ENDINGS.has(failure.code) && this.#state !== 'failed') {
      this.#state = 'ended';
    }
  }

  /** @param {LinkError} failure of a handshake @param {boolean} [isUnloaded] the iframe would show no element of ours */
  #fail(failure, isUnloaded) {
    this.#commands.sendNow(this.#port, 'destroy'); // the frame must not go on to a session that the shop no longer waits for
    this.#dropPort();
    this.#commands.rejectAll(failure.code);
    this.#state = 'failed';
    endOutline(this.iframe);
    if (failure.code === 'frame_load_failed') this.#remove(); // it would go on loading, and turn up after all
    if (isUnloaded || failure.code === 'merchant_csp') this.iframe.style.display = 'none';
    this.#ready.reject(failure);
    if (!this.#isNewFailure(failure.code)) return;
    this.#tell(failure);
    if (isUnloaded || !failure.retryable) this.#tell(failure, 'loaderror');
  }

  /** Nothing will come back, so nothing is listened for. */
  #remove() {
    this.#life.abort(OVER);
    this.iframe.remove();
    this.#onDestroyed?.();
  }

  /** @param {LinkError} failure @param {'error' | 'loaderror'} [type] */
  #tell(failure, type = 'error') {
    this.#emit(type, fieldsOf(failure));
  }

  /** Call every listener; an exception of one is reported and does not stop the others. @param {EventType} type @param {Fields} payload */
  #emit(type, payload) {
    for (const listener of [...(this.#listeners.get(type) ?? [])]) {
      if (this.#state === 'destroyed') return; // a listener before this one destroyed the element
      try {
        listener(Object.freeze({ ...payload }));
      } catch (error) {
        this.#env.report(error);
      }
    }
  }
}

/** @param {Fields} payload of an `error` event */
function failureOf({ code, ...said }) {
  return new LinkError(String(code), said);
}
