/** Canonical form of an origin, as browsers send it; the cases are in `tests/vectors/origins.json`. */

// Narrower than the URL standard, like the bridge: a DNS name contains no quote, comma or semicolon.
const PRESENTED = /^https?:\/\/(?:([a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?)|\[[0-9a-f:]{2,39}\])(?::\d{1,5})?$/;
const LONGEST_NAME = 254; // 253 characters and a trailing dot

/**
 * Whether `text` is written as a browser would send it. Only the form is checked: the bridge's allow-list decides who may embed,
 * and `isSecureContext` whether the connection is safe, since a page of plain http makes its frames insecure too.
 * @param {string} text
 */
export function isCanonicalOrigin(text) {
  const found = PRESENTED.exec(text);
  if (found === null || Number(found[1]?.length) > LONGEST_NAME) return false;
  try {
    return new URL(text).origin === text; // a text that the parser had to correct is not canonical
  } catch {
    return false;
  }
}
