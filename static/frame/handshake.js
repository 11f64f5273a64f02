/** The frame's half of the handshake: say `ready` until the shop answers `init`, and take that answer once. */

import { after } from '../sdk/exchange.js';
import { readInit, VERSION } from '../sdk/wire.js';
import { outbound } from './outbound.js';

/** The shop's script may start listening after us; it ignores the repeats. */
const READY_AT_MS = [0, 500, 1_500, 4_000];
const SILENCE_AFTER_MS = 10_000;

/** @typedef {{ port: MessagePort, bootstrapToken: string, parentOrigin: string, options: Record<string, unknown> }} Init */
/**
 * @typedef {object} Asking
 * @property {string} challenge
 * @property {string} parentOrigin
 * @property {() => void} onSilence nobody answered so far; a late answer is still taken
 */

/**
 * @param {Window} window @param {import('../sdk/exchange.js').Timers} timers
 * @param {Asking} asking @param {AbortSignal} signal gives up
 * @returns {Promise<Init>}
 */
export function awaitInit(window, timers, { challenge, parentOrigin, onSilence }, signal) {
  const waiting = new AbortController();
  const sayReady = () => window.parent.postMessage(outbound('ready', { code_challenge: challenge, versions: [VERSION] }), parentOrigin);
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
