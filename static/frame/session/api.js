/**
 * The bridge and the Link API, as the frame calls them: always its own origin, no credentials but those in the headers set here.
 * Every try carries a proof of its own; the same request again is known by its `Idempotency-Key`, not by the proof.
 */

import { ask, isTransient, pauseBeforeNext, sleep, Unreachable } from '../../sdk/exchange.js';
import { isRecord } from '../../sdk/wire.js';

const BRIDGE = '/v1/link/elements';
const WANTS_NONCE = 'USE_DPOP_NONCE';
const LIMIT = /^"([a-z_]{1,40})"/;
const PROOF_REFUSALS = [WANTS_NONCE, 'INVALID_DPOP_PROOF'];

/** @typedef {import('../../sdk/exchange.js').NetworkEnv & { clock: import('./clock.js').Clock }} ApiEnv */
/** @typedef {'GET' | 'POST' | 'DELETE'} Method */
/**
 * @typedef {object} Call
 * @property {Record<string, unknown>} [body]
 * @property {AbortSignal} signal
 * @property {AccessToken} [accessToken]
 * @property {string} [query]
 * @property {string} [idempotencyKey]
 * @property {number} [tries] at most so many, all with the same body and key
 */
/** @typedef {Pick<import('./dpop.js').Prover, 'proof' | 'learn'>} Proofs */
/** @typedef {import('./grant.js').AccessToken} AccessToken */
/** @typedef {{ data: any, sentAt: import('./clock.js').Instant }} Granted `sentAt` is when the answered try set out */

/** The bridge refused, or could not be reached (`NETWORK`, `OFFLINE`). */
export class ApiError extends Error {
  /** @param {string} code @param {{ status?: number, action?: string, retryAfterMs?: number | null, limit?: string, details?: Record<string, unknown> }} [said] */
  constructor(code, { status = 0, action = '', retryAfterMs = null, limit = '', details = {} } = {}) {
    super(code);
    this.name = 'ApiError';
    this.code = code;
    this.status = status;
    this.action = action;
    this.retryAfterMs = retryAfterMs;
    /** Which bound was met, by its name in `RateLimit-Policy`. */
    this.limit = limit;
    /** What is at fault or missing, by name. */
    this.details = details;
    /** Says nothing about the session: it may be as well as before. */
    this.isTransient = status === 0 || isTransient(status) || code === WANTS_NONCE;
    this.isOfProof = PROOF_REFUSALS.includes(code);
  }
}

export class Api {
  #env;
  #prover;

  /** @param {ApiEnv} env @param {Proofs} prover */
  constructor(env, prover) {
    this.#env = env;
    this.#prover = prover;
  }

  /** Call the bridge. @param {string} route @param {Call} call @returns {Promise<Granted>} */
  post(route, call) {
    return this.send('POST', `${BRIDGE}/${route}`, call);
  }

  /** @param {Method} method @param {string} path of this origin @param {Call} call @returns {Promise<Granted>} */
  async send(method, path, call) {
    const { signal, tries = 1 } = call;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#sendProven(method, path, call);
      } catch (error) {
        if (!(error instanceof ApiError) || !error.isTransient || attempt + 1 >= tries) throw error;
        const pause = pauseBeforeNext(attempt, error.retryAfterMs, this.#env.random);
        if (pause === null) throw error;
        await sleep(this.#env, pause, signal);
      }
    }
  }

  /**
   * One try, and the same at once with another proof when it was the proof that was refused: once a reason.
   * @param {Method} method @param {string} path @param {Call} call @returns {Promise<Granted>}
   */
  async #sendProven(method, path, call) {
    const met = new Set();
    for (;;) {
      try {
        return await this.#sendOnce(method, path, call);
      } catch (error) {
        if (!(error instanceof ApiError) || !error.isOfProof || met.has(error.code)) throw error;
        met.add(error.code);
      }
    }
  }

  /** @param {Method} method @param {string} path @param {Call} call @returns {Promise<Granted>} */
  async #sendOnce(method, path, call) {
    const proof = await this.#prover.proof(path, tokenOf(call), method);
    const request = { method, headers: headersOf(call, proof), ...(call.body !== undefined && { body: JSON.stringify(call.body) }) };
    const sentAt = this.#env.clock.now();
    const answer = await this.#ask(path + (call.query ?? ''), request, call.signal);
    this.#prover.learn(answer.headers.get('DPoP-Nonce'));
    if (!isRecord(answer.body)) throw new ApiError('NETWORK'); // not the bridge: a gateway's or a hotel's page
    if (answer.status >= 200 && answer.status < 300) return { data: answer.body.data, sentAt };
    throw refusalOf(answer);
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

/** The one token that a call uses or spends: its proof is of no use with any other. @param {Call} call @returns {string} */
function tokenOf({ accessToken, body }) {
  return String(accessToken?.token ?? body?.refresh_token ?? body?.bootstrap_token);
}

/** @param {Call} call @param {string} proof @returns {Record<string, string>} */
function headersOf({ accessToken, idempotencyKey, body }, proof) {
  /** @type {Record<string, string>} */
  const headers = { DPoP: proof };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (accessToken !== undefined) headers.Authorization = `${accessToken.scheme} ${accessToken.token}`;
  if (idempotencyKey !== undefined) headers['Idempotency-Key'] = idempotencyKey;
  return headers;
}

/** @param {import('../../sdk/exchange.js').Answer} answer */
function refusalOf({ status, body, retryAfterMs, headers }) {
  const error = isRecord(body) && isRecord(body.error) ? body.error : {};
  const code = typeof error.code === 'string' ? error.code : 'UNREADABLE';
  const action = typeof error.action === 'string' ? error.action : '';
  const limit = LIMIT.exec(headers.get('RateLimit-Policy') ?? '')?.[1];
  const details = isRecord(error.details) ? error.details : {};
  return new ApiError(code, { status, action, retryAfterMs, limit, details });
}
