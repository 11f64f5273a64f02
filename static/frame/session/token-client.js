/**
 * Tokens of the element: held in memory, refreshed before they expire, dropped with the session.
 *
 * At most one refresh is in flight. Its idempotency key belongs to the refresh token and is kept until a new token arrives,
 * so that a retry after a lost answer is not mistaken for a stolen token.
 */

import { Abort, after, settled } from '../../sdk/exchange.js';
import { ApiError } from './api.js';
import { elapsedMs } from './clock.js';
import { readGrant } from './grant.js';
import { RefreshSchedule } from './refresh-schedule.js';

const REFRESH_TRIES = 5;
const SUPERSEDED = 'REFRESH_TOKEN_SUPERSEDED';
/** Margin before expiry: a token with less time left could expire on its way to the server. */
const EXPIRY_MARGIN_MS = 5_000;
const EXPIRY_MARGIN = 0.1;

/** @typedef {import('./grant.js').Grant} Grant */
/** @typedef {import('./grant.js').AccessToken} AccessToken */
/** @typedef {(accessToken: AccessToken, signal: AbortSignal) => Promise<import('./api.js').ApiResult>} SendGranted */
/**
 * @typedef {object} Listeners
 * @property {(grant: Grant) => void} onRefreshed
 * @property {(error: ApiError) => void} onFailed a refresh failed; the session continues
 * @property {(error: ApiError) => void} onEnded the session ended; its tokens are dropped
 * @property {(refreshToken: string, spentBy: string | null) => void} onToken another refresh token is in use, or a refresh with this key spends it
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
  /** In flight. @type {Promise<void> | null} */
  #refreshing = null;
  /** What every call waits for: the verification in flight, or the page's return. @type {Promise<unknown> | null} */
  #awaited = null;
  /** The logout in flight. @type {Promise<void> | null} */
  #leaving = null;
  #life = new Abort();
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

  /** Whether `refresh()` would send a refresh, or join the one in flight. */
  get mayRefresh() {
    return this.#refreshing !== null || (this.#isOpen() && this.#schedule.pausedMs === 0);
  }

  /** Use these tokens from now on, and plan their refresh. @param {Grant} grant */
  adopt(grant) {
    this.#grant = grant;
    this.#refreshKey = null;
    this.#schedule.onGrant(grant);
    this.#listeners.onToken(grant.refreshToken, null);
    this.#plan();
  }

  /** Drop the tokens, abort every request, and ignore late answers. */
  drop() {
    this.#abort();
    this.#grant = null;
    this.#refreshKey = null;
    this.#leaving = null;
    this.#schedule.clear();
  }

  /** The page woke up or the network came back: plan anew by elapsed time, since timers may have been stopped. */
  wake() {
    this.#schedule.onWake();
    this.#plan();
  }

  /** Refresh the tokens; concurrent callers share one refresh. @returns {Promise<void>} */
  async refresh() {
    if (this.#awaited !== null) await settled(this.#awaited);
    return this.#refreshOnce();
  }

  /**
   * Call the bridge with a valid access token; when the bridge says it has expired, refresh and retry once.
   * @template T
   * @param {(accessToken: AccessToken, signal: AbortSignal) => Promise<T>} send
   * @returns {Promise<T>}
   */
  async call(send) {
    if (this.#awaited !== null) await settled(this.#awaited);
    return this.#callWith(send);
  }

  /** Exchange the session for another one by `send`. A refresh in flight is awaited first, and none begins meanwhile. @param {SendGranted} send @returns {Promise<Grant>} */
  upgrade(send) {
    return this.#holdUntil(this.#upgrade(send));
  }

  /** Abort what is in flight, and send nothing before `isBack` resolves: meanwhile another page may use these tokens. @param {Promise<unknown>} isBack */
  pause(isBack) {
    this.#abort();
    void this.#holdUntil(isBack);
  }

  /**
   * End the session by `send`. A refresh in flight is aborted.
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
      if (!(error instanceof ApiError) || error.status !== 401 || error.isProofError) throw error; // 401: the session has ended already
    }
    if (!signal.aborted) this.drop();
  }

  /** @template T @param {Promise<T>} task @returns {Promise<T>} */
  #holdUntil(task) {
    const awaited = task.finally(() => {
      if (this.#awaited === awaited) this.#awaited = null;
      this.#plan();
    });
    this.#awaited = awaited;
    return awaited;
  }

  #isOpen() {
    return this.#grant !== null && this.#leaving === null;
  }

  #abort() {
    this.#life.abort();
    this.#life = new Abort();
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
    this.#schedule.onStart();
    this.#refreshKey ??= this.#env.newKey();
    const refreshToken = this.#grant?.refreshToken ?? '';
    this.#listeners.onToken(refreshToken, this.#refreshKey);
    const { signal } = this.#life;
    try {
      const grant = readGrant(await this.#api.post('refresh', {
        body: { refresh_token: refreshToken },
        idempotencyKey: this.#refreshKey,
        tries: REFRESH_TRIES,
        signal,
      }));
      if (signal.aborted) throw signal.reason;
      this.adopt(grant);
      this.#listeners.onRefreshed(grant);
    } catch (error) {
      if (!signal.aborted) await this.#onRefreshFailed(error);
      throw error;
    }
  }

  /** @param {unknown} error */
  async #onRefreshFailed(error) {
    const failure = error instanceof ApiError ? error : new ApiError('INTERNAL', { status: 400 });
    if (failure.code === SUPERSEDED) return this.#endForAll(failure);
    if (!failure.isTransient) return this.#end(failure);
    this.#schedule.onFailure(failure.retryAfterMs);
    this.#listeners.onFailed(failure);
  }

  /** Somebody else spent the successor of this token, which never arrived here: end the session, not only its copy. @param {ApiError} error */
  async #endForAll(error) {
    if (this.#grant === null) return;
    const { accessToken } = this.#grant;
    this.#abort();
    const { signal } = this.#life;
    this.#leaving = settled(this.#api.logout(accessToken, signal));
    await this.#leaving;
    if (!signal.aborted) this.#end(error);
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

  /** Set the timer of the next refresh. A timer may fire early or late, so it only plans again. */
  #plan() {
    this.#cancelTimer();
    if (!this.#isOpen() || this.#refreshing !== null || this.#awaited !== null) return;
    const { waitMs } = this.#schedule;
    if (waitMs > 0) this.#cancelTimer = after(this.#env, waitMs, this.#life.signal, () => this.#plan());
    else void settled(this.#refreshOnce());
  }
}
