/** Waiting and asking: one HTTP try with a deadline, and how long to pause before the next. Both sides use it. */

export const TRY_DEADLINE_MS = 8_000;
/** A server that asks for a longer pause is obeyed by giving up, not by a customer who waits without a word. */
export const LONGEST_PAUSE_MS = 8_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_RETRY_AFTER_S = 86_400;

/**
 * @typedef {object} Timers
 * @property {(task: () => void, ms: number) => any} setTimeout
 * @property {(id: any) => void} clearTimeout
 */
/** @typedef {Timers & { fetch: typeof fetch, random: () => number, isOnline: () => boolean }} NetworkEnv */
/** @typedef {{ status: number, body: unknown, retryAfterMs: number | null, headers: Headers }} Answer */

/** No answer came: the network failed, or the try's deadline passed. */
export class Unreachable extends Error {}

/**
 * Run `task` in `ms`, unless `signal` aborts first. Returns what cancels it.
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
 * @param {Timers} timers @param {number} ms @param {AbortSignal} signal
 * @returns {Promise<void>} rejected when `signal` aborts
 */
export function sleep(timers, ms, signal) {
  return new Promise((resolve, reject) => {
    const refuse = () => reject(signal.reason);
    if (signal.aborted) return refuse();
    signal.addEventListener('abort', refuse, { once: true });
    after(timers, ms, signal, () => {
      signal.removeEventListener('abort', refuse);
      resolve();
    });
  });
}

/**
 * Ask once, by POST unless `request` says otherwise. The deadline covers the body too: headers may come and the rest never.
 * @param {NetworkEnv} env @param {string} url @param {RequestInit} request @param {AbortSignal} signal
 * @returns {Promise<Answer>}
 */
export async function ask(env, url, request, signal) {
  if (signal.aborted) throw signal.reason;
  const trying = new AbortController();
  const abort = () => trying.abort();
  signal.addEventListener('abort', abort);
  const cancel = after(env, TRY_DEADLINE_MS, signal, abort);
  try {
    const response = await env.fetch(url, { method: 'POST', ...request, signal: trying.signal });
    const { status, headers } = response;
    return { status, headers, body: await readJson(response), retryAfterMs: retryAfterMs(headers) };
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
    return null; // a proxy's page in place of ours: the status says enough
  }
}

/** @param {Headers} headers @returns {number | null} */
function retryAfterMs(headers) {
  const text = headers.get('Retry-After') ?? '';
  return /^\d+$/.test(text) ? Math.min(Number(text), LONGEST_RETRY_AFTER_S) * 1000 : null;
}

/** @param {number} status */
export function isTransient(status) {
  return status === 429 || status >= 500;
}

/**
 * How long to pause before try `attempt + 1`; null when the server asks for more than we would wait.
 * @param {number} attempt @param {number | null} asked by Retry-After, in ms @param {() => number} random
 * @returns {number | null}
 */
export function pauseBeforeNext(attempt, asked, random) {
  if (asked !== null && asked > LONGEST_PAUSE_MS) return null;
  const jittered = random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
  return Math.max(jittered, asked ?? 0);
}
