/**
 * Proof that a call comes from this document (RFC 9449): a key that nobody can read, not even this code,
 * and a new signature by it for every try. The key lives in memory and dies with the document.
 */

import { base64url, challengeOf, randomText } from './pkce.js';

const ECDSA = Object.freeze({ name: 'ECDSA', namedCurve: 'P-256' });
const SIGNATURE = Object.freeze({ name: 'ECDSA', hash: 'SHA-256' });
/** What the RFC allows in a nonce; longer ones are not the bridge's. */
const NONCE = /^[\x21\x23-\x5b\x5d-\x7e]{1,256}$/;

/** @typedef {{ crypto: Crypto, clock: import('./clock.js').Clock, window: Pick<Window, 'location'> }} ProverEnv */
/** @typedef {{ privateKey: CryptoKey, jwk: { kty: string, crv: string, x: string, y: string } }} Key */

export class Prover {
  #env;
  /** @type {Promise<Key> | null} */
  #key = null;
  /** The newest that the bridge gave: by it a clock that is wrong is no obstacle. @type {string | null} */
  #nonce = null;

  /** @param {ProverEnv} env */
  constructor(env) {
    this.#env = env;
  }

  /** Take a new key in place of any other. A browser that cannot make one fails at the first proof. */
  renew() {
    this.#key = makeKey(this.#env.crypto);
    this.#key.catch(() => {});
  }

  /** Keep what a `DPoP-Nonce` header said. @param {string | null} nonce */
  learn(nonce) {
    if (nonce !== null && NONCE.test(nonce)) this.#nonce = nonce;
  }

  /**
   * Return a new proof for one try of a call.
   * @param {string} path of the call, without a query
   * @param {string} token the one that goes with it
   * @param {string} [method]
   * @returns {Promise<string>} a JWT
   */
  async proof(path, token, method = 'POST') {
    if (this.#key === null) throw new Error('a proof before its key');
    const { crypto, clock, window } = this.#env;
    const { privateKey, jwk } = await this.#key;
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
