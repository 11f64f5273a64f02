/** Commands of the shop: queued until a session exists, answered by id, each with a deadline since it was sent. */

import { after } from '../exchange.js';
import { LinkError } from '../failures.js';
import { NAMESPACE, VERSION } from '../wire.js';

const COMMAND_DEADLINE_MS = 20_000;

/** @typedef {{ resolve: (payload: any) => void, reject: (error: LinkError) => void }} Settlers */
/** @typedef {Settlers & { promise: Promise<any> }} Deferred */
/** @typedef {Settlers & { type: 'refresh' | 'logout', isSent: boolean, cancel: () => void }} Pending */

export class Commands {
  #env;
  #life;
  /** @type {Map<string, Pending>} */
  #pending = new Map();
  /** @type {MessagePort | null} */
  #port = null;
  /** Command that waits for the session. */
  #held = '';
  #count = 0;

  /** @param {import('../exchange.js').Timers} env @param {AbortSignal} life */
  constructor(env, life) {
    this.#env = env;
    this.#life = life;
  }

  /**
   * Send a command, or queue it during the handshake: without a session it would have no effect, and the session would begin afterwards.
   * @param {'refresh' | 'logout'} type @returns {Promise<any>}
   */
  enqueue(type) {
    const { promise, ...settlers } = deferred();
    const id = this.#nextId();
    this.#pending.set(id, { ...settlers, type, isSent: false, cancel: () => {} });
    this.#sendQueued();
    return promise;
  }

  /** A session has begun on this port: send the queued commands. Before, a sign-out alone, which the frame carries out whatever becomes of the session. @param {MessagePort} port @param {string} [held] command that still waits */
  open(port, held = '') {
    this.#port = port;
    this.#held = held;
    this.#sendQueued();
  }

  /** @param {string} id @param {(pending: Settlers) => void} settle */
  answer(id, settle) {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    pending.cancel();
    settle(pending);
  }

  /** The session ended: commands already sent fail, queued ones wait for the next session. @param {string} code */
  rejectSent(code) {
    this.#port = null;
    this.#reject(code, ({ isSent }) => isSent);
  }

  /** Fail every command: no session will answer. @param {string} code */
  rejectAll(code) {
    this.#port = null;
    this.#reject(code, () => true);
  }

  /** Send a command whose answer nobody waits for. @param {MessagePort | null} port @param {'update' | 'destroy'} type @param {object} [fields] */
  sendNow(port, type, fields) {
    port?.postMessage({ ns: NAMESPACE, v: VERSION, type, id: this.#nextId(), ...fields });
  }

  #sendQueued() {
    for (const [id, command] of this.#pending) {
      if (this.#port === null || command.isSent || command.type === this.#held) continue;
      command.isSent = true;
      command.cancel = after(this.#env, COMMAND_DEADLINE_MS, this.#life, () => this.answer(id, ({ reject }) => reject(new LinkError('timeout'))));
      this.#port.postMessage({ ns: NAMESPACE, v: VERSION, type: command.type, id });
    }
  }

  /** @param {string} code @param {(pending: Pending) => boolean} isAffected */
  #reject(code, isAffected) {
    for (const [id, pending] of [...this.#pending]) {
      if (isAffected(pending)) this.answer(id, ({ reject }) => reject(new LinkError(code)));
    }
  }

  #nextId() {
    this.#count += 1;
    return `c${this.#count}`;
  }
}

/** A promise whose rejection may stay unhandled: the shop hears of the failure by an `error` event too. @returns {Deferred} */
export function deferred() {
  /** @type {Partial<Settlers>} */
  const settlers = {};
  const promise = new Promise((resolve, reject) => Object.assign(settlers, { resolve, reject }));
  promise.catch(() => {});
  return { .../** @type {Settlers} */ (settlers), promise };
}
