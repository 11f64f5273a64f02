/**
 * The element's tokens: held in memory, renewed before they expire, gone when the session is.
 *
 * One refresh at a time. Its `Idempotency-Key` belongs to the refresh token and is kept until a successor arrives,
 * so that a lost answer is asked for again and not mistaken for a theft.
 */

import { after } from '../../sdk/exchange.js';
import { ApiError } from './api.js';
import { elapsedMs } from './clock.js';
import { readGrant } from './grant.js';
import { RefreshSchedule } from './refresh-schedule.js';

const REFRESH_TRIES = 5;
/** A token this close to its end would not survive the way to the server. */
const EXPIRY_MARGIN_MS = 5_000;
const EXPIRY_MARGIN = 0.1;

/** @typedef {import('./grant.js').Grant} Grant */
/** @typedef {import('./grant.js').AccessToken} AccessToken */
/** @typedef {(accessToken: AccessToken, signal: AbortSignal) => Promise<import('./api.js').Granted>} SendGranted */
/**
 * @typedef {object} Listeners
 * @property {(grant: Grant) => void} onRefreshed
 * @property {(error: ApiError) => void} onFailed the session lives on
 * @property {(error: ApiError) => void} onEnded the tokens are gone
 */
/** @typedef {import('../../sdk/exchange.js').Timers & { clock: import('./clock.js').Clock, random: () => number, newKey: () => string }} ClientEnv */

export class TokenClient {
  #api;
  #env;
  #listeners;
  #schedule;
  /** @type {Grant | null} */
  #grant = null;
  /** @type {string | null} */
  #refreshKey = null;
  /** @type {Promise<void> | null} */
  #refreshing = null;
  /** @type {Promise<unknown> | null} */
  #upgrading = null;
  /** @type {Promise<void> | null} */
  #leaving = null;
  #life = new AbortController();
  #cancelTimer = () => {};

  /** @param {import('./api.js').Api} api @param {ClientEnv} env @param {Listeners} listeners */
  constructor(api, env, listeners) {
    this.#api = api;
    this.#env = env;
    this.#listeners = listeners;
    this.#schedule = new RefreshSchedule(env);
  }

  get session() {
    return this.#grant?.session ?? null;
  }

  /** Whether a refresh asked for now would be made, or joined. */
  get mayRefresh() {
    return this.#refreshing !== null || (this.#isOpen() && this.#schedule.pausedMs === 0);
  }

  /** Take these tokens in place of any others. @param {Grant} grant */
  adopt(grant) {
    this.#grant = grant;
    this.#refreshKey = null;
    this.#schedule.granted(grant);
    this.#plan();
  }

  /** Forget every token; whatever is under way is aborted and its answer ignored. */
  drop() {
    this.#abort();
    this.#grant = null;
    this.#refreshKey = null;
    this.#leaving = null;
    this.#schedule.clear();
  }

  /** The page is back, or the network: timers may have slept, so compare with the time elapsed. */
  wake() {
    this.#schedule.woke();
    this.#plan();
  }

  /** Renew the tokens, however many callers ask while it is under way. @returns {Promise<void>} */
  async refresh() {
    if (this.#upgrading !== null) await settled(this.#upgrading);
    return this.#refreshOnce();
  }

  /**
   * Call the bridge with a live access token; refresh once and try once more if it says the token has expired.
   * @template T
   * @param {(accessToken: AccessToken, signal: AbortSignal) => Promise<T>} send
   * @returns {Promise<T>}
   */
  async call(send) {
    if (this.#upgrading !== null) await settled(this.#upgrading);
    return this.#callWith(send);
  }

  /**
   * Exchange the session for another by `send`. No refresh runs meanwhile: one is waited for, none is begun.
   * @param {SendGranted} send
   * @returns {Promise<Grant>}
   */
  upgrade(send) {
    const upgrading = this.#upgrade(send).finally(() => {
      if (this.#upgrading === upgrading) this.#upgrading = null;
      this.#plan();
    });
    this.#upgrading = upgrading;
    return upgrading;
  }

  /**
   * End the session by `send`. It wins over a refresh under way.
   * @param {(accessToken: AccessToken, signal: AbortSignal) => Promise<unknown>} send
   */
  logout(send) {
    if (this.#leaving !== null) return this.#leaving;
    const leaving = this.#leave(send).finally(() => {
      if (this.#leaving === leaving) this.#leaving = null;
      this.#plan();
    });
    this.#leaving = leaving;
    return leaving;
  }

  /** @param {(accessToken: AccessToken, signal: AbortSignal) => Promise<unknown>} send */
  async #leave(send) {
    if (this.#grant === null) return;
    this.#abort();
    const { signal } = this.#life;
    try {
      await send(this.#grant.accessToken, signal);
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 401 || error.isOfProof) throw error; // 401: it is over already
    }
    if (!signal.aborted) this.drop();
  }

  #isOpen() {
    return this.#grant !== null && this.#leaving === null;
  }

  #abort() {
    this.#life.abort();
    this.#life = new AbortController();
    this.#refreshing = null;
    this.#cancelTimer();
  }

  #refreshOnce() {
    if (!this.#isOpen()) return Promise.reject(new ApiError('SESSION_EXPIRED', { status: 401 }));
    if (this.#refreshing !== null) return this.#refreshing;
    const { pausedMs } = this.#schedule;
    if (pausedMs > 0) return Promise.reject(new ApiError('RATE_LIMITED', { status: 429, retryAfterMs: pausedMs }));
    const refreshing = this.#exchange().finally(() => {
      if (this.#refreshing === refreshing) this.#refreshing = null;
      this.#plan();
    });
    this.#refreshing = refreshing;
    return refreshing;
  }

  async #exchange() {
    this.#cancelTimer();
    this.#schedule.began();
    this.#refreshKey ??= this.#env.newKey();
    const { signal } = this.#life;
    try {
      const grant = readGrant(await this.#api.post('refresh', {
        body: { refresh_token: this.#grant?.refreshToken },
        idempotencyKey: this.#refreshKey,
        tries: REFRESH_TRIES,
        signal,
      }));
      if (signal.aborted) throw signal.reason;
      this.adopt(grant);
      this.#listeners.onRefreshed(grant);
    } catch (error) {
      if (!signal.aborted) this.#refused(error);
      throw error;
    }
  }

  /** @param {unknown} error */
  #refused(error) {
    const refusal = error instanceof ApiError ? error : new ApiError('INTERNAL', { status: 400 });
    if (!refusal.isTransient) return this.#end(refusal);
    this.#schedule.failed(refusal.retryAfterMs);
    this.#listeners.onFailed(refusal);
  }

  /** @param {ApiError} error */
  #end(error) {
    this.drop();
    this.#listeners.onEnded(error);
  }

  /**
   * @template T
   * @param {(accessToken: AccessToken, signal: AbortSignal) => Promise<T>} send
   * @returns {Promise<T>}
   */
  async #callWith(send) {
    if (this.#refreshing !== null) await settled(this.#refreshing);
    if (this.#isStale() && this.mayRefresh) await this.#refreshOnce();
    const accessToken = this.#accessToken();
    try {
      return await this.#sendUntilEnded(send, accessToken);
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'TOKEN_EXPIRED') throw error;
      if (this.#grant?.accessToken === accessToken) await this.#refreshOnce();
      return this.#sendUntilEnded(send, this.#accessToken());
    }
  }

  /**
   * @template T
   * @param {(accessToken: AccessToken, signal: AbortSignal) => Promise<T>} send @param {AccessToken} accessToken
   * @returns {Promise<T>}
   */
  async #sendUntilEnded(send, accessToken) {
    const { signal } = this.#life;
    try {
      return await send(accessToken, signal);
    } catch (error) {
      const isOver = error instanceof ApiError && error.status === 401 && !error.isTransient && error.code !== 'TOKEN_EXPIRED';
      if (isOver && !signal.aborted) this.#end(error);
      throw error;
    }
  }

  /** @param {SendGranted} send */
  async #upgrade(send) {
    this.#cancelTimer();
    const { signal } = this.#life;
    try {
      const grant = readGrant(await this.#callWith(send));
      if (signal.aborted) throw signal.reason;
      this.adopt(grant);
      return grant;
    } catch (error) {
      const isUnanswered = error instanceof ApiError && error.isTransient && error.status !== 429;
      this.#schedule.hold(isUnanswered ? this.#grant : null);
      throw error;
    }
  }

  #accessToken() {
    if (this.#grant === null) throw new ApiError('SESSION_EXPIRED', { status: 401 });
    return this.#grant.accessToken;
  }

  #isStale() {
    const grant = this.#grant;
    if (grant === null) return false;
    const margin = Math.min(EXPIRY_MARGIN_MS, grant.expiresInMs * EXPIRY_MARGIN);
    return elapsedMs(this.#env.clock, grant.sentAt) > grant.expiresInMs - margin;
  }

  /** Set the timer for the next refresh. It may fire late or early, so it only asks again. */
  #plan() {
    this.#cancelTimer();
    if (!this.#isOpen() || this.#refreshing !== null || this.#upgrading !== null) return;
    const { waitMs } = this.#schedule;
    if (waitMs > 0) this.#cancelTimer = after(this.#env, waitMs, this.#life.signal, () => this.#plan());
    else void settled(this.#refreshOnce());
  }
}

/** @param {Promise<unknown>} promise @returns {Promise<void>} resolved either way */
function settled(promise) {
  return promise.then(() => {}, () => {});
}
