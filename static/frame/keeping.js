/** Keeping of a sign-in over a reload of the shop's page, where the shop wants it (`session/kept.js`). Does nothing in the frame of any other shop. */

import { settledWithin } from '../sdk/exchange.js';
import { readGrant } from './session/grant.js';

/** A reload is worth a moment of the customer's time, and no more. */
const LONGEST_LOADING_MS = 3_000;
const REFRESH_TRIES = 3;

/** @typedef {import('./session/kept.js').Kept} Kept */

export class Keeping {
  #env;
  #api;
  #prover;
  /** Null until its code is there, and where the shop does not want it. @type {Kept | null} */
  kept = null;
  /** @type {Promise<unknown> | null} */
  #loading = null;

  /** @param {import('../sdk/exchange.js').Timers & { loadKept: (() => Promise<Kept>) | null }} env @param {import('./session/api.js').Api} api @param {import('./session/dpop.js').Prover} prover */
  constructor(env, api, prover) {
    this.#env = env;
    this.#api = api;
    this.#prover = prover;
  }

  /** Load the code while the frame waits for the shop. Where it does not come, a reload forgets the customer. */
  load() {
    if (this.kept === null) this.#loading = this.#env.loadKept?.().then((kept) => { this.kept = kept; }, () => {}) ?? null;
  }

  /**
   * Go on with what an earlier document kept, once the shop's `init` is there and valid: until then nobody knows who embeds this frame.
   * @param {boolean} isGuest whether the shop vouches for nobody @param {AbortSignal} signal @param {() => void} onAnswer called at each answer, also at one that is tried again
   * @returns {Promise<import('./session/kept.js').Resumed | null>} null where nothing is kept, or its session has ended; rejects where the network fails
   */
  async resume(isGuest, signal, onAnswer) {
    if (this.#loading !== null) await settledWithin(this.#env, LONGEST_LOADING_MS, signal, this.#loading);
    return this.kept && this.kept.resume(isGuest, {
      refresh: async ({ token, spentBy, proofKey }) => {
        this.#prover.use(proofKey);
        return readGrant(await this.#api.post('refresh', { body: { refresh_token: token }, idempotencyKey: spentBy, tries: REFRESH_TRIES, signal, onAnswer }));
      },
      giveUp: () => this.#prover.renew(),
    });
  }
}
