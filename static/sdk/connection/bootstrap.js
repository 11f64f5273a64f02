/** Bootstrap call: obtains the token for the handshake. It is the only request that shows the shop's own origin to the bridge. */

import { fetchOnce, isOurs, isTransient, pauseBeforeNext, sleep, Unreachable } from '../exchange.js';
import { codeOf, LinkError } from '../failures.js';
import '../own-failures.js';
import { isBootstrapToken } from '../wire.js';

const TRIES = 3;
const LINK_TOKEN = /^lnk_[\x21-\x7e]{1,1024}$/;

/** What the bridge calls otherwise. */
const RENAMED = { UNAUTHENTICATED: 'link_session_ended', VALIDATION_ERROR: 'invalid_request' };

/** @typedef {import('../exchange.js').NetworkEnv} NetworkEnv */
/** @typedef {import('../exchange.js').Answer} Answer */
/** @typedef {string | null | undefined | (() => string | null | undefined | Promise<string | null | undefined>)} LinkToken */
/**
 * @typedef {object} BootstrapOptions
 * @property {string} elementsOrigin
 * @property {string} businessId
 * @property {string} element
 * @property {string} challenge
 * @property {LinkToken} linkToken
 * @property {() => boolean} isBlockedByPolicy whether the page's own CSP has refused this call
 * @property {() => void} onProgress the page returned its Link token, or a try was answered
 */

/**
 * Open the call's connection while the frame loads. Browsers share none between a page and its frames, so the call would wait a round trip for its own.
 * @param {Document} document @param {string} elementsOrigin
 */
export function preconnect(document, elementsOrigin) {
  const link = document.createElement('link');
  link.rel = 'preconnect';
  link.crossOrigin = 'anonymous'; // without credentials, as the call
  link.href = elementsOrigin;
  document.head?.append(link);
  link.remove(); // the browser has read it
}

/**
 * Obtain a bootstrap token for the frame that created `challenge`.
 * @param {BootstrapOptions} options @param {NetworkEnv} env @param {AbortSignal} signal
 * @returns {Promise<{ token: string, isGuest: boolean }>} `isGuest`: the page vouched for nobody
 */
export async function bootstrap(options, env, signal) {
  const url = `${options.elementsOrigin}/v1/link/elements/bootstrap?business_id=${encodeURIComponent(options.businessId)}`;
  const linkToken = await resolveLinkToken(options.linkToken);
  const request = requestOf(options, linkToken);
  options.onProgress();
  for (let attempt = 0; ; attempt += 1) {
    const answer = await tryOnce(options, env, url, request, signal);
    if (answer !== null) options.onProgress();
    if (answer !== null && !isTransient(answer.status) && isOurs(answer)) {
      const { body } = answer;
      if (!body.success) throw new LinkError(codeOf(body.error.code, RENAMED) ?? 'internal', answer);
      const token = body.data.bootstrap_token;
      if (isBootstrapToken(token)) return { token, isGuest: linkToken === null };
    }
    const pause = pauseBeforeNext(attempt, answer?.retryAfterMs ?? null, env.random);
    if (attempt + 1 >= TRIES || pause === null) throw failureOf(answer, env);
    await sleep(env, pause, signal);
  }
}

/**
 * `text/plain` and no credentials, so that the browser sends no CORS preflight.
 * @param {BootstrapOptions} options @param {string | null} linkToken
 * @returns {RequestInit}
 */
function requestOf({ element, challenge }, linkToken) {
  /** @type {Record<string, string>} */
  const headers = { 'Content-Type': 'text/plain' };
  if (linkToken !== null) headers.Authorization = `Bearer ${linkToken}`;
  return { headers, body: JSON.stringify({ element, code_challenge: challenge }), credentials: 'omit', redirect: 'error' };
}

/** @param {LinkToken} linkToken @returns {Promise<string | null>} */
async function resolveLinkToken(linkToken) {
  let token;
  try {
    token = typeof linkToken === 'function' ? await linkToken() : linkToken;
  } catch {
    throw new LinkError('link_token_unavailable');
  }
  if (token === null || token === undefined) return null;
  if (typeof token !== 'string' || !LINK_TOKEN.test(token)) throw new LinkError('link_token_malformed');
  return token;
}

/**
 * @param {BootstrapOptions} options @param {NetworkEnv} env @param {string} url
 * @param {RequestInit} request @param {AbortSignal} signal
 * @returns {Promise<Answer | null>} null when no answer came
 */
async function tryOnce(options, env, url, request, signal) {
  try {
    return await fetchOnce(env, url, request, signal);
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    await sleep(env, 0, signal); // CSP: the fetch rejects one task before its `securitypolicyviolation` event
    if (options.isBlockedByPolicy()) throw new LinkError('merchant_csp');
    return null;
  }
}

/** @param {Answer | null} answer @param {NetworkEnv} env */
function failureOf(answer, env) {
  if (answer === null) return new LinkError(env.isOnline() ? 'network' : 'offline');
  if (!isOurs(answer)) return new LinkError('network', { retryAfterMs: answer.retryAfterMs }); // not a call in our logs
  return new LinkError(answer.status === 429 ? 'rate_limited' : 'network', answer);
}
