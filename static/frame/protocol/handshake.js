/** Handshake, the frame's half: post `ready` until the shop answers with `init`, then redeem its bootstrap token once. */

import { after } from '../../sdk/exchange.js';
import { LinkError } from '../../sdk/failures.js';
import { readInit, VERSION } from '../../sdk/wire.js';
import { readGrant } from '../session/grant.js';
import { buildMessage } from './port.js';

/** Times at which `ready` is posted: the shop's script may start to listen later than this one, and it ignores repeats. */
const READY_AT_MS = [0, 500, 1_500, 4_000];
const SILENCE_AFTER_MS = 10_000;
const INIT_TRIES = 3;
/** The shop waits equally long: a session that began later would have no shop to use it. */
const HANDSHAKE_DEADLINE_MS = 20_000;

/** @typedef {{ port: MessagePort, bootstrapToken: string, parentOrigin: string, options: Record<string, unknown> }} Init */
/**
 * @typedef {object} InitRequest
 * @property {string} challenge
 * @property {string} parentOrigin
 * @property {() => void} onSilence called once when no `init` has arrived in time; a later one is still accepted
 */

/**
 * Wait for the shop's `init`. It counts only from the parent window, its declared origin, with this challenge and one port.
 * @param {Window} window @param {import('../../sdk/exchange.js').Timers} timers
 * @param {InitRequest} request @param {AbortSignal} signal stops the waiting
 * @returns {Promise<Init>}
 */
export function awaitInit(window, timers, { challenge, parentOrigin, onSilence }, signal) {
  const waiting = new AbortController();
  const sayReady = () => window.parent.postMessage(buildMessage('ready', { code_challenge: challenge, versions: [VERSION] }), parentOrigin);
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => {
      waiting.abort();
      reject(signal.reason);
    }, { signal: waiting.signal });
    window.addEventListener('message', (event) => {
      if (event.source !== window.parent || event.origin !== parentOrigin) return;
      const init = readInit(event.data);
      const [port] = event.ports;
      if (init === null || init.code_challenge !== challenge || port === undefined || event.ports.length !== 1) return;
      waiting.abort();
      resolve({ port, bootstrapToken: init.bootstrap_token, parentOrigin: event.origin, options: init.options });
    }, { signal: waiting.signal });
    for (const ms of READY_AT_MS) after(timers, ms, waiting.signal, sayReady);
    after(timers, SILENCE_AFTER_MS, waiting.signal, onSilence);
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
 * @param {Redeemable} redeemable @param {AbortSignal} signal
 * @returns {Promise<import('../session/grant.js').Grant>}
 */
export async function redeem(api, { element, businessId, parentOrigin }, { bootstrapToken, via, verifier, key }, signal) {
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
  }));
}

/**
 * Run `task`, and abort it when the handshake's deadline has passed.
 * @template T
 * @param {import('../../sdk/exchange.js').Timers} timers @param {AbortSignal} signal @param {(signal: AbortSignal) => Promise<T>} task
 * @returns {Promise<T>}
 */
export async function inTime(timers, signal, task) {
  const trying = new AbortController();
  const abort = () => trying.abort(signal.reason);
  signal.addEventListener('abort', abort);
  const cancel = after(timers, HANDSHAKE_DEADLINE_MS, signal, () => trying.abort(new LinkError('timeout')));
  try {
    return await task(trying.signal);
  } finally {
    cancel();
    signal.removeEventListener('abort', abort);
  }
}
