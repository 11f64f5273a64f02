/** Commands of the shop: `refresh`, `logout`, `update` and `destroy` come in over the port. All but `destroy` are answered under their id. */

import { LinkError } from '../../sdk/failures.js';
import { ApiError } from '../session/api.js';
import { remainingMs } from '../session/clock.js';
import { failureOf } from './error-codes.js';
import { measuring } from './height.js';

const BETWEEN_REFRESH_COMMANDS_MS = 30_000;

/** @typedef {{ type: import('../../sdk/wire.js').CommandType, id: string, options?: import('../../sdk/wire.js').Fields }} Command */
/**
 * @typedef {object} CommandHooks
 * @property {(id: string) => void} onLogout a session has begun, and the shop ends it
 * @property {(options: import('../../sdk/wire.js').Fields) => Promise<void> | void} onUpdate the shop changes the look
 * @property {() => void} onDestroy the shop gave up, or is about to remove the iframe
 */

export class Commands {
  #port;
  #client;
  #clock;
  #card;
  #hooks;
  #measure;
  /** Logout commands that arrived before the session they shall end; null once the handshake is over. @type {string[] | null} */
  #earlyLogouts = null;
  /** Id of the `refresh` command that waits for its answer. @type {string | null} */
  #refreshId = null;
  /** @type {import('../session/clock.js').Wait | null} */
  #refreshWait = null;

  /**
   * @param {import('./port.js').Port} port @param {import('../session/token-client.js').TokenClient} client
   * @param {import('../session/clock.js').Clock} clock @param {Element} card whose height answers `update` @param {CommandHooks} hooks
   */
  constructor(port, client, clock, card, hooks) {
    this.#port = port;
    this.#client = client;
    this.#clock = clock;
    this.#card = card;
    this.#hooks = hooks;
    this.#measure = measuring(clock);
  }

  /** Whether the shop sent a `logout` during the handshake. */
  get hasEarlyLogout() {
    return this.#earlyLogouts !== null && this.#earlyLogouts.length > 0;
  }

  /** Collect `logout` commands until the handshake is over: the session that they shall end does not exist yet. */
  holdLogouts() {
    this.#earlyLogouts = [];
  }

  /** The handshake is over: from now on a `logout` is carried out at once. @returns {string[]} the ids of the commands that were held */
  takeEarlyLogouts() {
    const ids = this.#earlyLogouts ?? [];
    this.#earlyLogouts = null;
    return ids;
  }

  /** Forget every command: a new connection begins, and the old port is closed. */
  reset() {
    this.#earlyLogouts = null;
    this.#refreshId = null;
    this.#refreshWait = null;
  }

  /** @param {Command} command */
  handle({ type, id, options = {} }) {
    if (type === 'refresh') void this.#refresh(id);
    if (type === 'logout') this.#logout(id);
    if (type === 'update') void this.#update(id, options);
    if (type === 'destroy') this.#hooks.onDestroy();
  }

  /** Tell the shop of a refresh, under the id of its command if there was one. @param {number} expiresInMs */
  answerRefresh(expiresInMs) {
    this.#port.send('token_refreshed', { expires_in: Math.round(expiresInMs / 1000) }, this.#takeRefreshId());
  }

  /** Tell the shop of a failure, under the id of its `refresh` command if one waits. @param {LinkError} failure */
  failRefresh(failure) {
    this.#port.sendError(failure, this.#takeRefreshId());
  }

  /** Whether a `refresh` command waits for its answer. */
  get awaitsRefresh() {
    return this.#refreshId !== null;
  }

  /** @param {string} id @param {import('../../sdk/wire.js').Fields} options */
  async #update(id, options) {
    if (options.appearance) await this.#hooks.onUpdate(options);
    const height = this.#measure(this.#card);
    if (height === null) this.#port.sendError(new LinkError('rate_limited'), id);
    else this.#port.send('height_change', { height }, id);
  }

  /** @param {string} id */
  #logout(id) {
    if (this.#earlyLogouts !== null) this.#earlyLogouts.push(id);
    else this.#hooks.onLogout(id);
  }

  /** @param {string} id */
  async #refresh(id) {
    if (this.#client.session === null) return this.#port.sendError(new LinkError('not_connected'), id);
    const isTooSoon = remainingMs(this.#clock, this.#refreshWait) > 0 || this.awaitsRefresh;
    if (isTooSoon || !this.#client.mayRefresh) return this.#port.sendError(new LinkError('rate_limited'), id);
    this.#refreshWait = { from: this.#clock.now(), ms: BETWEEN_REFRESH_COMMANDS_MS };
    this.#refreshId = id;
    try {
      await this.#client.refresh();
    } catch (error) {
      // Usually `onFailed` or `onEnded` has answered already. This covers a refresh that was never sent; one that a sign-out aborted is answered by the sign-out.
      if (this.#refreshId === id && error instanceof ApiError) this.failRefresh(failureOf(error));
    }
  }

  #takeRefreshId() {
    const id = this.#refreshId;
    this.#refreshId = null;
    return id;
  }
}
