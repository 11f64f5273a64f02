/**
 * DPoP proofs (RFC 9449): each try of a call is signed by a key that only this document has.
 * The private key cannot be exported, not even by this code. It lives in memory and is gone with the document, but where the shop wants a reload to keep
 * its customer (`kept.js`).
 */

import { base64url, challengeOf, randomText } from './pkce.js';

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256' };
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' };
/** Nonce in the syntax of the RFC, at most 256 characters; the bridge issues no other. */
const NONCE = /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/;

/** @typedef {{ crypto: Crypto, clock: import('./clock.js').Clock, window: Pick<Window, 'location'> }} ProverEnv */
/** @typedef {{ privateKey: CryptoKey, jwk: { kty: string, crv: string, x: string, y: string } }} Key */

export class Prover {
  #env;
  /** @type {Promise<Key> | null} */
  #key = null;
  /** Newest nonce of the bridge; with a nonce, a wrong system clock does not invalidate the proof. @type {string | null} */
  #nonce = null;

  /** @param {ProverEnv} env */
  constructor(env) {
    this.#env = env;
  }

  /** Replace the key. A browser that cannot generate one fails at the first proof, not here. */
  renew() {
    this.#key = makeKey(this.#env.crypto);
    this.#key.catch(() => {});
  }

  /** Sign with a key that an earlier document kept. @param {Key} key */
  use(key) {
    this.#key = Promise.resolve(key);
  }

  /** The key in use, for whoever keeps it. */
  get key() {
    return this.#key;
  }

  /** Remember the nonce of a `DPoP-Nonce` header. @param {string | null} nonce */
  learn(nonce) {
    if (nonce !== null && NONCE.test(nonce)) this.#nonce = nonce;
  }

  /**
   * Sign a proof for one try of a call.
   * @param {string} path of the call, without a query
   * @param {string} token the token sent with the call; the proof is bound to it
   * @param {string} [method]
   * @returns {Promise<string>} a JWT
   */
  async proof(path, token, method = 'POST') {
    const { crypto, clock, window } = this.#env;
    const { privateKey, jwk } = await /** @type {Promise<Key>} */ (this.#key); // every handshake begins with one
    const claims = {
      jti: randomText(crypto),
      htm: method,
      htu: window.location.origin + path,
      iat: Math.floor(clock.now().wall / 1000),
      ath: await challengeOf(crypto, token),
      ...(this.#nonce !== null && { nonce: this.#nonce }),
    };
    const signed = `${part({ typ: 'dpop+jwt', alg: 'ES256', jwk })}.${part(claims)}`;
    const signature = await crypto.subtle.sign(SIGNATURE, privateKey, new TextEncoder().encode(signed));
    return `${signed}.${base64url(new Uint8Array(signature))}`;
  }
}

/** @param {Crypto} crypto @returns {Promise<Key>} */
async function makeKey({ subtle }) {
  const { privateKey, publicKey } = await subtle.generateKey(ECDSA, false, ['sign']);
  const { kty = '', crv = '', x = '', y = '' } = await subtle.exportKey('jwk', publicKey);
  return { privateKey, jwk: { kty, crv, x, y } };
}

/** @param {unknown} value small and of ASCII alone */
function part(value) {
  return base64url(new TextEncoder().encode(JSON.stringify(value)));
}
