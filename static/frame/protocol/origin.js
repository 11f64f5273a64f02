/** Origins in the one spelling that browsers give them; `tests/vectors/origins.json` has the cases. */

// Narrower than the URL standard, as the bridge is: no name in DNS holds a quote, a comma or a semicolon.
const PRESENTED = /^https?:\/\/(?:(?<name>[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?)|\[[0-9a-f:]{2,39}\])(?::\d{1,5})?$/;
const LONGEST_NAME = 254; // 253 and the trailing dot

/**
 * Say whether `text` is spelt as a browser would send it. Who may embed is the allow-list's matter,
 * and that of `isSecureContext`: a page of plain http makes every frame in it insecure.
 * @param {string} text
 */
export function isCanonicalOrigin(text) {
  const found = PRESENTED.exec(text);
  if (found === null || (found.groups?.name?.length ?? 0) > LONGEST_NAME) return false;
  try {
    return new URL(text).origin === text; // what the parser had to mend was not canonical
  } catch {
    return false;
  }
}
