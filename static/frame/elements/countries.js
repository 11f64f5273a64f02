/** Countries of the address form, by name; the shop's comes first. */

import { countryName, nameLanguage } from '../phone/country-name.js';
import { homeOf } from '../phone/home.js';

const CODES = ['GH', 'CI', 'TG', 'BF', 'BJ', 'CM', 'GM', 'KE', 'LR', 'ML', 'NE', 'NG', 'RW', 'SN', 'SL', 'TZ', 'UG', 'ZA', 'ZM'];

/** Options of the country field, in alphabetical order after the first. @param {string} chosen code that is listed even when it is none of ours @returns {[code: string, name: string][]} */
export function countryOptions(chosen) {
  const first = homeOf(document)?.region ?? 'GH';
  const others = [...new Set([...CODES, chosen])].filter((code) => code !== first && code !== '');
  const sorted = others.map((code) => /** @type {[string, string]} */ ([code, countryName(code)])).sort(([, a], [, b]) => a.localeCompare(b, nameLanguage()));
  return [[first, countryName(first)], ...sorted];
}
