/** PKCE (RFC 7636): random code verifiers and their S256 challenges. */

const RANDOM_BYTES = 32;

/** @param {Uint8Array} bytes */
export function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

/** 256 random bits as text, for a code verifier or an idempotency key. @param {Crypto} crypto */
export function randomText(crypto) {
  return base64url(crypto.getRandomValues(new Uint8Array(RANDOM_BYTES)));
}

/** @param {Crypto} crypto @param {string} verifier @returns {Promise<string>} */
export async function challengeOf(crypto, verifier) {
  return base64url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))));
}
