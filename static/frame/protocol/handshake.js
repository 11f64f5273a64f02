/** Handshake, the frame's half: post `ready` until the shop answers with `init`, then redeem its bootstrap token once. */

import { Abort, after, everySecond, listen, OVER, settled } from '../../sdk/exchange.js';
import { LinkError } from '../../sdk/failures.js';
import { readInit } from '../../sdk/wire.js';
import { readGrant } from '../session/grant.js';
import { sayReady } from './beginning.js';

/** Times at which `ready` is posted again: the shop's script may start to listen later than this one, and it ignores repeats. */
const READY_AGAIN_AT_MS = [500, 1_500, 4_000];
/** Deadline in seconds since the last sign of progress: the table of `docs/protocol.md#deadlines`. */
const QUIET_S = 20;
const INIT_TRIES = 3;

/** @typedef {{ port: MessagePort, bootstrapToken: string, parentOrigin: string, options: Record<string, unknown>, isGuest: boolean }} Init `isGuest`: the shop vouches for nobody */
/**
 * @typedef {object} InitRequest
 * @property {string} challenge
 * @property {string} parentOrigin
 * @property {MessageEvent[]} heard messages that arrived after `ready` was said for the first time
 * @property {() => void} onSilence called once when no `init` has arrived in time; a later one is still accepted
 */

/**
 * Wait for the shop's `init`, which answers a `ready` already said. It counts only from the parent window, its declared origin, with this challenge and one port.
 * @param {Window} window @param {import('../../sdk/exchange.js').PageTimers} env
 * @param {InitRequest} request @param {AbortSignal} signal stops the waiting
 * @returns {Promise<Init>}
 */
export function awaitInit(window, env, { challenge, parentOrigin, heard, onSilence }, signal) {
  const waiting = new Abort();
  return new Promise((resolve, reject) => {
    if (signal.aborted) throw signal.reason;
    listen(signal, 'abort', () => {
      waiting.abort();
      reject(signal.reason);
    }, waiting.signal);
    const hear = (/** @type {MessageEvent} */ event) => {
      if (event.source !== window.parent || event.origin !== parentOrigin) return;
      const init = readInit(event.data);
      const [port] = event.ports;
      if (init === null || init.code_challenge !== challenge || port === undefined || event.ports.length !== 1) return;
      waiting.abort(OVER);
      resolve({ port, bootstrapToken: init.bootstrap_token, parentOrigin: event.origin, options: init.options, isGuest: init.guest === true });
    };
    listen(window, 'message', hear, waiting.signal);
    for (const event of heard) hear(event);
    for (const ms of READY_AGAIN_AT_MS) after(env, ms, waiting.signal, () => sayReady(window, challenge, parentOrigin));
    afterQuiet(env, waiting.signal, onSilence);
  });
}

/**
 * @typedef {object} Redeemable
 * @property {string} bootstrapToken
 * @property {'page' | 'sibling'} via who handed the token over; the bridge compares it with whom the token was issued for
 * @property {string} verifier
 * @property {string} key idempotency key of every try to redeem this token
 */

/**
 * Exchange a bootstrap token for a session.
 * @param {import('../session/api.js').Api} api @param {import('./embedding.js').Embedding} embedding
 * @param {Redeemable} redeemable @param {AbortSignal} signal @param {() => void} [onAnswer] called at each answer, also at one that is tried again
 * @returns {Promise<import('../session/grant.js').Grant>}
 */
export async function redeem(api, { element, businessId, parentOrigin }, { bootstrapToken, via, verifier, key }, signal, onAnswer) {
  return readGrant(await api.post('init', {
    body: {
      bootstrap_token: bootstrapToken,
      code_verifier: verifier,
      business_id: businessId,
      element,
      parent_origin: parentOrigin,
      via,
    },
    idempotencyKey: key,
    tries: INIT_TRIES,
    signal,
    onAnswer,
  }));
}

/** A handshake came to nothing, and no server knows. @param {import('../session/api.js').Api} api @param {string} code */
export function report(api, code) {
  void settled(api.post('failures', { body: { code }, signal: new Abort().signal }));
}

/**
 * Run `task`, and abort it at the deadline after the last call of `onAnswer`.
 * @template T
 * @param {import('../../sdk/exchange.js').PageTimers} env @param {AbortSignal} signal
 * @param {(signal: AbortSignal, onAnswer: () => void) => Promise<T>} task
 * @returns {Promise<T>}
 */
export async function inTime(env, signal, task) {
  const trying = new Abort();
  const done = new Abort();
  let isLate = false;
  listen(signal, 'abort', () => trying.abort(signal.reason), done.signal);
  const onAnswer = afterQuiet(env, done.signal, () => {
    isLate = true;
    trying.abort(OVER);
  });
  try {
    return await task(trying.signal, onAnswer);
  } catch (error) {
    throw isLate ? new LinkError('timeout') : error; // the reason of an abort is lost in browsers of the floor
  } finally {
    done.abort(OVER);
  }
}

/**
 * Run `task` once, at the deadline; the returned function starts the count again.
 * @param {import('../../sdk/exchange.js').PageTimers} env @param {AbortSignal} signal @param {() => void} task
 */
function afterQuiet(env, signal, task) {
  let quietS = 0;
  everySecond(env, signal, () => {
    quietS += 1;
    if (quietS === QUIET_S) task();
  });
  return () => { quietS = 0; };
}
