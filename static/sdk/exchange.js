/** HTTP requests with a deadline, timers bound to an AbortSignal, and the pauses between retries. The SDK and the frame share it. */

import { isRecord } from './wire.js';

export const TRY_DEADLINE_MS = 8_000;
/** Longest pause before a retry. When the server asks for a longer one, the call fails instead of keeping the customer waiting. */
export const LONGEST_PAUSE_MS = 8_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_RETRY_AFTER_MS = 86_400_000;

/**
 * @typedef {object} Timers
 * @property {(task: () => void, ms: number) => any} setTimeout
 * @property {(id: any) => void} clearTimeout
 */
/** @typedef {Timers & { isSeen: () => boolean }} PageTimers */
/** @typedef {Timers & { fetch: typeof fetch, random: () => number, isOnline: () => boolean }} NetworkEnv */
/** @typedef {import('./wire.js').Fields} Fields */
/** @typedef {{ status: number, body: unknown, retryAfterMs: number | null, request_id: string | null, headers: Headers }} Answer */
/** @typedef {Answer & { body: { success: true, data: Fields } | { success: false, error: Fields & { code: string } } }} EnvelopeAnswer */

/**
 * Reason of an abort that nobody reads. `abort()` without one makes an exception with a stack, for which browsers parse the whole script again:
 * that took 3 ms of each handshake.
 */
export const OVER = 'over';

/** In a browser without one, an element tells so and does nothing else. @type {typeof AbortController} */
export const Abort = globalThis.AbortController ?? class {
  signal = new EventTarget();
  abort() {}
};

/** No answer came: the network failed or the deadline passed. */
export class Unreachable extends Error {}

/**
 * Listen until `signal` aborts. Safari before 15 does not know the option `signal`.
 * @param {EventTarget} target @param {string} type @param {(event: any) => void} listener @param {AbortSignal} signal
 */
export function listen(target, type, listener, signal) {
  target.addEventListener(type, listener);
  signal.addEventListener('abort', () => target.removeEventListener(type, listener));
}

/**
 * Run `task` after `ms`, unless `signal` aborts first. The returned function cancels it.
 * @param {Timers} timers @param {number} ms @param {AbortSignal} signal @param {() => void} task
 * @returns {() => void}
 */
export function after(timers, ms, signal, task) {
  if (signal.aborted) return () => {};
  const cancel = () => {
    timers.clearTimeout(id);
    signal.removeEventListener('abort', cancel);
  };
  const id = timers.setTimeout(() => {
    cancel();
    task();
  }, ms);
  signal.addEventListener('abort', cancel);
  return cancel;
}

/**
 * Run `task` after each second in which the page was seen, until `signal` aborts. A page that is hidden or prerendering counts no second,
 * and a device that slept counts one: what could not arrive meanwhile may still come.
 * @param {PageTimers} env @param {AbortSignal} signal @param {() => void} task
 */
export function everySecond(env, signal, task) {
  after(env, 1_000, signal, () => {
    everySecond(env, signal, task);
    if (env.isSeen()) task();
  });
}

/** Whether the customer can see this document, or it loads in the background. @param {Document & { prerendering?: boolean }} document */
export function isSeen(document) {
  return document.visibilityState === 'visible' && !document.prerendering;
}

/**
 * @param {Timers} timers @param {number} ms @param {AbortSignal} signal
 * @returns {Promise<void>} rejects when `signal` aborts
 */
export function sleep(timers, ms, signal) {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort);
    after(timers, ms, signal, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
  });
}

/** @param {Promise<unknown>} promise @returns {Promise<void>} resolves when the promise settles, also when it rejects */
export function settled(promise) {
  return promise.then(() => {}, () => {});
}

/** Wait until `promise` settles, for `ms` at most, and no longer than `signal` lets. @param {Timers} timers @param {number} ms @param {AbortSignal} signal @param {Promise<unknown>} promise @returns {Promise<void>} */
export function settledWithin(timers, ms, signal, promise) {
  return new Promise((resolve) => {
    const waiting = new Abort();
    const end = () => {
      waiting.abort(OVER);
      resolve();
    };
    listen(signal, 'abort', end, waiting.signal);
    after(timers, ms, waiting.signal, end);
    promise.then(end, end);
  });
}

/**
 * Send one request, by POST unless `request` names another method. The deadline covers the body too, since it may stall after the headers.
 * @param {NetworkEnv} env @param {string} url @param {RequestInit} request @param {AbortSignal} signal
 * @returns {Promise<Answer>}
 */
export async function fetchOnce(env, url, request, signal) {
  if (signal.aborted) throw signal.reason;
  const trying = new Abort();
  const abort = () => trying.abort();
  signal.addEventListener('abort', abort);
  const cancel = after(env, TRY_DEADLINE_MS, signal, abort);
  try {
    const response = await env.fetch(url, { method: 'POST', ...request, signal: trying.signal });
    const { status, headers } = response;
    return { status, headers, body: await readJson(response), retryAfterMs: retryAfterMs(headers), request_id: headers.get('X-Request-Id') };
  } catch {
    throw signal.aborted ? signal.reason : new Unreachable();
  } finally {
    cancel();
    signal.removeEventListener('abort', abort);
  }
}

/** @param {Response} response @returns {Promise<unknown>} */
async function readJson(response) {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return null; // not JSON, such as a proxy's error page: the status is enough
  }
}

/** Seconds or a date, which counts from the server's own where a page may read that. @param {Headers} headers @returns {number | null} */
function retryAfterMs(headers) {
  const text = headers.get('Retry-After') ?? '';
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - (Date.parse(headers.get('Date') ?? '') || Date.now());
  return ms >= 0 ? Math.min(ms, LONGEST_RETRY_AFTER_MS) : null;
}

/** Whether an answer has our envelope, and is not of a bot check, a proxy or a hotel's network in our place. @type {(answer: Answer) => answer is EnvelopeAnswer} */
export function isOurs({ status, body }) {
  if (!isRecord(body) || body.success !== status < 300) return false;
  return body.success ? body.data instanceof Object : isRecord(body.error) && typeof body.error.code === 'string';
}

/** @param {number} status */
export function isTransient(status) {
  return status === 429 || status >= 500;
}

/**
 * Milliseconds to pause before try `attempt + 1`; null when the server asks for a longer pause than `LONGEST_PAUSE_MS`.
 * @param {number} attempt @param {number | null} asked milliseconds of Retry-After, if the server sent one @param {() => number} random
 * @returns {number | null}
 */
export function pauseBeforeNext(attempt, asked, random) {
  if (asked !== null && asked > LONGEST_PAUSE_MS) return null;
  const jittered = random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
  return Math.max(jittered, asked ?? 0);
}
