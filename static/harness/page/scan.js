/**
 * Secret scanner for the messages that a shop's page received, and masking of secrets in what is displayed.
 * The patterns are independent of the SDK's filter, so that a bug in the filter is not repeated here.
 */

/** @typedef {{ rule: string, path: string }} Hit */

/** Characters of a secret that are displayed, enough to tell two apart. */
const SHOWN = 8;
const TOKEN = /(?:lnk|rfr|elr|elb)_[A-Za-z0-9_-]{8,}|eyJ[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?/;
/** @type {readonly (readonly [rule: string, pattern: RegExp])[]} */
const RULES = Object.freeze([
  ['token', TOKEN],
  ['customer id', /\b(?:cus|acc)_[0-9A-Za-z]{16,32}\b/],
  ['e-mail', /[^\s@]+@[^\s@]+\.[A-Za-z]{2,}/],
  ['phone', /\+\d[\d ()-]{6,}\d/],
  ['one-time code', /(?<![\w-])\d{6}(?![\w-])/],
]);
/** Not scanned: a challenge is random and public, and may contain six digits in a row. */
const EXEMPT = 'code_challenge';

/**
 * Return the path of every secret in `value`, in keys as well as in contents.
 * @param {unknown} value plain JSON @param {string} [path]
 * @returns {Hit[]}
 */
export function scan(value, path = '') {
  if (typeof value === 'string') {
    return RULES.filter(([, pattern]) => pattern.test(value)).map(([rule]) => ({ rule, path: path || '(all)' }));
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const where = path === '' ? key : `${path}.${key}`;
    return [...scan(key, `${where} (name)`), ...(key === EXEMPT ? [] : scan(inner, where))];
  });
}

/**
 * Split a text into tokens and the parts between them.
 * @param {string} text
 * @returns {{ text: string, isSecret: boolean }[]}
 */
export function splitSecrets(text) {
  const parts = [];
  let from = 0;
  for (const found of text.matchAll(new RegExp(TOKEN, 'g'))) {
    if (found.index > from) parts.push({ text: text.slice(from, found.index), isSecret: false });
    parts.push({ text: found[0], isSecret: true });
    from = found.index + found[0].length;
  }
  if (from < text.length) parts.push({ text: text.slice(from), isSecret: false });
  return parts;
}

/** @param {string} secret */
export function maskSecret(secret) {
  return `${secret.slice(0, SHOWN)}…`;
}

/**
 * Copy plain JSON with every token masked, for what leaves the page, such as a copy in the clipboard.
 * @param {unknown} value
 * @returns {unknown}
 */
export function masked(value) {
  if (typeof value === 'string') return splitSecrets(value).map(({ text, isSecret }) => (isSecret ? maskSecret(text) : text)).join('');
  if (Array.isArray(value)) return value.map(masked);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [String(masked(key)), masked(inner)]));
}
