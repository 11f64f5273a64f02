/** Names of countries, as the browser knows them. */

import { LANGUAGE } from '../texts/en.js';
import { translate } from '../texts/translate.js';

/** By language. @type {Record<string, Intl.DisplayNames>} */
const names = {};

/** Language of names and of their order: the shop's, where it is one that has no texts (`appearance.js`), else that of the texts. */
export function nameLanguage() {
  return globalThis.linkLocale ?? translate(LANGUAGE);
}

/** @param {string} code ISO 3166-1 alpha-2 @returns {string} the code itself where the browser has no name for it */
export function countryName(code) {
  const language = nameLanguage();
  try {
    return (names[language] ??= new Intl.DisplayNames(language, { type: 'region' })).of(code) ?? code;
  } catch {
    return code;
  }
}
