/** The bridge, as the frame calls it: always its own origin, no credentials but those in the headers set here. */

import { ask, isTransient, pauseBeforeNext, sleep, Unreachable } from '../sdk/exchange.js';
import { isRecord } from '../sdk/wire.js';

const ROUTES = '/v1/link/elements';

/** @typedef {import('../sdk/exchange.js').NetworkEnv & { clock: import('./clock.js').Clock }} ApiEnv */
/**
 * @typedef {object} Call
 * @property {Record<string, unknown>} body
 * @property {AbortSignal} signal
 * @property {string} [accessToken]
 * @property {string} [idempotencyKey]
 * @property {number} [tries] at most so many, all with the same body and key
 */
/** @typedef {{ data: any, sentAt: import('./clock.js').Instant }} Granted `sentAt` is when the answered try set out */

/** The bridge refused, or could not be reached (`NETWORK`, `OFFLINE`). */
export class ApiError extends Error {
  /** @param {string} code @param {{ status?: number, action?: string, retryAfterMs?: number | null }} [details] */
  constructor(code, { status = 0, action = '', retryAfterMs = null } = {}) {
    super(code);
    this.name = 'ApiError';
    this.code = code;
    this.status = status;
    this.action = action;
    this.retryAfterMs = retryAfterMs;
    /** Says nothing about the session: it may be as well as before. */
    this.isTransient = status === 0 || isTransient(status);
  }
}

export class Api {
  #env;

  /** @param {ApiEnv} env */
  constructor(env) {
    this.#env = env;
  }

  /** @param {string} route @param {Call} call @returns {Promise<Granted>} */
  async post(route, call) {
    const { signal, tries = 1 } = call;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#postOnce(route, call);
      } catch (error) {
        if (!(error instanceof ApiError) || !error.isTransient || attempt + 1 >= tries) throw error;
        const pause = pauseBeforeNext(attempt, error.retryAfterMs, this.#env.random);
        if (pause === null) throw error;
        await sleep(this.#env, pause, signal);
      }
    }
  }

  /** @param {string} route @param {Call} call @returns {Promise<Granted>} */
  async #postOnce(route, call) {
    const request = { headers: headersOf(call), body: JSON.stringify(call.body) };
    const sentAt = this.#env.clock.now();
    const answer = await this.#ask(`${ROUTES}/${route}`, request, call.signal);
    if (!isRecord(answer.body)) throw new ApiError('NETWORK'); // not the bridge: a gateway's or a hotel's page
    if (answer.status >= 200 && answer.status < 300) return { data: answer.body.data, sentAt };
    throw refusalOf(answer.status, answer.body, answer.retryAfterMs);
  }

  /** @param {string} url @param {RequestInit} request @param {AbortSignal} signal */
  async #ask(url, request, signal) {
    try {
      return await ask(this.#env, url, { ...request, credentials: 'omit', redirect: 'error' }, signal);
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      throw new ApiError(this.#env.isOnline() ? 'NETWORK' : 'OFFLINE');
    }
  }
}

/** @param {Call} call @returns {Record<string, string>} */
function headersOf({ accessToken, idempotencyKey }) {
  /** @type {Record<string, string>} */
  const headers = { 'Content-Type': 'application/json' };
  if (accessToken !== undefined) headers.Authorization = `Bearer ${accessToken}`;
  if (idempotencyKey !== undefined) headers['Idempotency-Key'] = idempotencyKey;
  return headers;
}

/** @param {number} status @param {Record<string, unknown>} body @param {number | null} retryAfterMs */
function refusalOf(status, body, retryAfterMs) {
  const error = isRecord(body.error) ? body.error : {};
  const code = typeof error.code === 'string' ? error.code : 'UNREADABLE';
  const action = typeof error.action === 'string' ? error.action : '';
  return new ApiError(code, { status, action, retryAfterMs });
}
