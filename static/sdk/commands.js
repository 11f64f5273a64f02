/** What a shop asks of its element: held until there is a session to ask, answered by id, never without a deadline. */

import { after } from './exchange.js';
import { LinkError } from './failures.js';
import { NAMESPACE, VERSION } from './wire.js';

const COMMAND_DEADLINE_MS = 20_000;

/** @typedef {{ resolve: (payload: any) => void, reject: (error: LinkError) => void }} Ends */
/** @typedef {Ends & { promise: Promise<any> }} Deferred */
/** @typedef {Ends & { type: 'refresh' | 'logout', isSent: boolean, cancel: () => void }} Pending */

export class Commands {
  #env;
  #life;
  /** @type {Map<string, Pending>} */
  #pending = new Map();
  /** The port of a session that has begun. @type {MessagePort | null} */
  #port = null;
  #count = 0;

  /** @param {import('./exchange.js').Timers} env @param {AbortSignal} life */
  constructor(env, life) {
    this.#env = env;
    this.#life = life;
  }

  /**
   * A command that overtook the handshake would be carried out on no session, and the session begin after it.
   * @param {'refresh' | 'logout'} type @returns {Promise<any>}
   */
  give(type) {
    const { promise, ...ends } = deferred();
    const id = this.#nextId();
    const cancel = after(this.#env, COMMAND_DEADLINE_MS, this.#life, () => {
      this.#pending.delete(id);
      ends.reject(new LinkError('timeout'));
    });
    this.#pending.set(id, { ...ends, type, isSent: false, cancel });
    this.#sendHeld();
    return promise;
  }

  /** A session has begun on `port`. @param {MessagePort} port */
  open(port) {
    this.#port = port;
    this.#sendHeld();
  }

  /** @param {string} id @param {(pending: Ends) => void} end */
  answer(id, end) {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    pending.cancel();
    end(pending);
  }

  /** The session is gone with its port. What was held may wait for the next. @param {string} code */
  interrupt(code) {
    this.#port = null;
    this.#reject(code, ({ isSent }) => isSent);
  }

  /** No session will answer. @param {string} code */
  refuse(code) {
    this.#port = null;
    this.#reject(code, () => true);
  }

  /** @param {MessagePort | null} port */
  sendDestroy(port) {
    port?.postMessage({ ns: NAMESPACE, v: VERSION, type: 'destroy', id: this.#nextId() });
  }

  #sendHeld() {
    for (const [id, command] of this.#pending) {
      if (this.#port === null || command.isSent) continue;
      command.isSent = true;
      this.#port.postMessage({ ns: NAMESPACE, v: VERSION, type: command.type, id });
    }
  }

  /** @param {string} code @param {(pending: Pending) => boolean} isMeant */
  #reject(code, isMeant) {
    for (const [id, pending] of [...this.#pending]) {
      if (isMeant(pending)) this.answer(id, ({ reject }) => reject(new LinkError(code)));
    }
  }

  #nextId() {
    this.#count += 1;
    return `c${this.#count}`;
  }
}

/** A promise whose rejection nobody is obliged to handle: the same failure is an `error` event. @returns {Deferred} */
export function deferred() {
  /** @type {Partial<Ends>} */
  const ends = {};
  const promise = new Promise((resolve, reject) => Object.assign(ends, { resolve, reject }));
  promise.catch(() => {});
  return { .../** @type {Ends} */ (ends), promise };
}
