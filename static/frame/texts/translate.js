/** Texts in the customer's language. Each English text is the key of its translation, so a file of another release that lacks one shows it in English. */

/** @template {string | undefined} T @param {T} text of `en.js`; any other comes back as it is @returns {T} */
export function translate(text) {
  return /** @type {T} */ (globalThis.linkTexts?.[/** @type {string} */ (text)] ?? text);
}

/** @param {string} text of `en.js` with one `{placeholder}` @param {string} value in its place */
export function fill(text, value) {
  return translate(text).replace(/{\w+}/, () => value);
}

/** @param {string} text of `en.js` with several placeholders @param {Record<string, string>} values by placeholder */
export function fillAll(text, values) {
  return translate(text).replace(/{(\w+)}/g, (_, name) => values[name] ?? '');
}
