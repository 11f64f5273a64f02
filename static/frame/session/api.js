/**
 * HTTP client of the bridge and the Link API. Requests go to the frame's own origin, without cookies: the headers set here are the only credentials.
 * Every try has its own DPoP proof; a retry is recognised by its `Idempotency-Key`, not by the proof.
 */

import { fetchOnce, isOurs, isTransient, pauseBeforeNext, sleep, Unreachable } from '../../sdk/exchange.js';
import { isRecord } from '../../sdk/wire.js';

const BRIDGE = '/v1/link/elements';
const LOGOUT_TRIES = 3;
const WANTS_NONCE = 'USE_DPOP_NONCE';
const LIMIT = /^"([a-z_]{1,40})"/;
const PROOF_ERRORS = [WANTS_NONCE, 'INVALID_DPOP_PROOF'];

/** @typedef {import('../../sdk/exchange.js').NetworkEnv & { clock: import('./clock.js').Clock }} ApiEnv */
/** @typedef {'GET' | 'POST' | 'DELETE'} Method */
/**
 * @typedef {object} Call
 * @property {Record<string, unknown>} [body]
 * @property {AbortSignal} signal
 * @property {AccessToken} [accessToken]
 * @property {string} [query]
 * @property {string} [idempotencyKey]
 * @property {string | null} [confirmation] what the code gave that was entered for this call
 * @property {() => void} [onAnswer] called at each answer, also at one that is tried again
 * @property {number} [tries] maximum number of tries, all with the same body and idempotency key
 */
/** @typedef {Pick<import('./dpop.js').Prover, 'proof' | 'learn'>} Proofs */
/** @typedef {import('./grant.js').AccessToken} AccessToken */
/** @typedef {{ data: any, sentAt: import('./clock.js').Instant }} ApiResult `sentAt` is when the successful try was sent */

/** Error answer of the server, or none at all (`NETWORK`, `OFFLINE`). */
export class ApiError extends Error {
  status = 0;
  action = '';
  /** @type {number | null} */
  retryAfterMs = null;
  /** Name of the exceeded limit in `RateLimit-Policy`; empty for any other error. */
  limit = '';
  /** Details of the error, such as the invalid fields or the missing claim. @type {Record<string, unknown>} */
  details = {};
  /** Name of the call in our logs, where one was answered. @type {string | null | undefined} */
  request_id;

  /** @param {string} code @param {Partial<Pick<ApiError, 'status' | 'action' | 'retryAfterMs' | 'limit' | 'details' | 'request_id'>>} [said] */
  constructor(code, said) {
    super(code);
    this.code = code;
    Object.assign(this, said);
    /** Whether a retry may succeed: the error says nothing about the session. */
    this.isTransient = this.status === 0 || isTransient(this.status) || code === WANTS_NONCE;
    this.isProofError = PROOF_ERRORS.includes(code);
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

  /** Post to a route of the bridge. @param {string} route @param {Call} call @returns {Promise<ApiResult>} */
  post(route, call) {
    return this.send('POST', `${BRIDGE}/${route}`, call);
  }

  /** End this element's session. @param {AccessToken} accessToken @param {AbortSignal} signal @returns {Promise<ApiResult>} */
  logout(accessToken, signal) {
    return this.post('logout', { body: { scope: 'element' }, accessToken, tries: LOGOUT_TRIES, signal });
  }

  /** Send, and retry transient errors up to `call.tries` times. @param {Method} method @param {string} path on this origin @param {Call} call @returns {Promise<ApiResult>} */
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
   * Send once, and again at once with a new proof when the proof was rejected: at most one repetition for each error code.
   * @param {Method} method @param {string} path @param {Call} call @returns {Promise<ApiResult>}
   */
  async #sendProven(method, path, call) {
    const seenCodes = new Set();
    for (;;) {
      try {
        return await this.#sendOnce(method, path, call);
      } catch (error) {
        if (!(error instanceof ApiError) || !error.isProofError || seenCodes.has(error.code)) throw error;
        seenCodes.add(error.code);
      }
    }
  }

  /** @param {Method} method @param {string} path @param {Call} call @returns {Promise<ApiResult>} */
  async #sendOnce(method, path, call) {
    const proof = await this.#prover.proof(path, tokenOf(call), method);
    const request = { method, headers: headersOf(call, proof), ...(call.body !== undefined && { body: JSON.stringify(call.body) }) };
    const sentAt = this.#env.clock.now();
    const answer = await this.#fetch(path + (call.query ?? ''), request, call.signal);
    call.onAnswer?.();
    this.#prover.learn(answer.headers.get('DPoP-Nonce'));
    if (!isOurs(answer)) throw new ApiError('NETWORK', { retryAfterMs: answer.retryAfterMs });
    if (answer.body.success) return { data: answer.body.data, sentAt };
    throw errorOf(answer.body.error, answer);
  }

  /** @param {string} url @param {RequestInit} request @param {AbortSignal} signal */
  async #fetch(url, request, signal) {
    try {
      return await fetchOnce(this.#env, url, { ...request, credentials: 'omit', redirect: 'error' }, signal);
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      throw new ApiError(this.#env.isOnline() ? 'NETWORK' : 'OFFLINE');
    }
  }
}

/** The token that this call uses or spends, to which its proof is bound. @param {Call} call @returns {string} */
function tokenOf({ accessToken, body }) {
  return String(accessToken?.token ?? body?.refresh_token ?? body?.bootstrap_token);
}

/** @param {Call} call @param {string} proof @returns {Record<string, string>} */
function headersOf({ accessToken, idempotencyKey, confirmation, body }, proof) {
  /** @type {Record<string, string>} */
  const headers = { DPoP: proof };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (accessToken !== undefined) headers.Authorization = `${accessToken.scheme} ${accessToken.token}`;
  else headers['Open-Ms'] = `${performance.now()}`; // the bridge counts that of `init`; a condition for it alone is bytes of every first visit
  if (idempotencyKey !== undefined) headers['Idempotency-Key'] = idempotencyKey;
  if (confirmation) headers['Link-Confirmation'] = confirmation;
  return headers;
}

/** @param {import('../../sdk/wire.js').Fields & { code: string }} error @param {import('../../sdk/exchange.js').Answer} answer that brought it */
function errorOf(error, { status, retryAfterMs, request_id, headers }) {
  const action = typeof error.action === 'string' ? error.action : '';
  const limit = LIMIT.exec(headers.get('RateLimit-Policy') ?? '')?.[1];
  const details = isRecord(error.details) ? error.details : {};
  return new ApiError(error.code, { status, action, retryAfterMs, limit, details, request_id });
}
