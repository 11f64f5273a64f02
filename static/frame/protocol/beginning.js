/** Beginning of a handshake: a new code verifier, and `ready` said with its challenge. */

import { isChallenge, NAMESPACE, VERSION } from '../../sdk/wire.js';
import { challengeOf, randomText } from '../session/pkce.js';

/** Of a page that says more before this frame's code is there, the last are kept. */
const MOST_HEARD = 16;

/**
 * @typedef {object} Begun
 * @property {string} verifier
 * @property {Promise<string>} challenge resolves once `ready` is said
 * @property {() => MessageEvent[]} takeHeard the parent's messages since then that bring one port, unread
 */

/**
 * Begin before the code that goes on is there: messages that arrive meanwhile are kept for it.
 * @param {Window} window @param {Crypto} crypto @param {string} parentOrigin
 * @returns {Begun}
 */
export function begin(window, crypto, parentOrigin) {
  const verifier = randomText(crypto);
  /** @type {MessageEvent[]} */
  const heard = [];
  const hear = (/** @type {MessageEvent} */ event) => {
    const isInit = event.source === window.parent && event.origin === parentOrigin && event.ports.length === 1;
    if (isInit && heard.push(event) > MOST_HEARD) heard.shift();
  };
  window.addEventListener('message', hear);
  const challenge = challengeOf(crypto, verifier).then((made) => {
    sayReady(window, made, parentOrigin);
    return made;
  });
  const takeHeard = () => {
    window.removeEventListener('message', hear);
    return heard;
  };
  return { verifier, challenge, takeHeard };
}

/**
 * The one message without a port: of fixed fields, so nothing else can leave by it.
 * @param {Window} window @param {string} challenge @param {string} parentOrigin @param {number[]} [versions] none in a browser that lacks what the frame needs
 */
export function sayReady({ parent }, challenge, parentOrigin, versions = [VERSION]) {
  if (!isChallenge(challenge)) throw new Error(challenge);
  parent.postMessage({ ns: NAMESPACE, v: VERSION, type: 'ready', code_challenge: challenge, versions }, parentOrigin);
}
