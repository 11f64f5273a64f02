/** DPoP proofs, parsed and verified like at the bridge. */

/** @param {string} text base64url @returns {Uint8Array<ArrayBuffer>} */
function bytesOf(text) {
  return Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (char) => char.charCodeAt(0));
}

/** @param {string | undefined} proof @returns {{ header: any, claims: any }} */
export function readProof(proof) {
  const [header = '', claims = ''] = (proof ?? '').split('.').map((part) => new TextDecoder().decode(bytesOf(part)));
  return { header: JSON.parse(header), claims: JSON.parse(claims) };
}

/** @param {string | undefined} proof */
export async function verifyProof(proof) {
  const [header = '', claims = '', signature = ''] = (proof ?? '').split('.');
  const key = await crypto.subtle.importKey('jwk', readProof(proof).header.jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify']);
  return crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, bytesOf(signature), new TextEncoder().encode(`${header}.${claims}`));
}
