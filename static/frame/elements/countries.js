/** Countries of the address form, by name; Ghana comes first. */

import { countryName } from '../phone/country-name.js';

const CODES = ['GH', 'CI', 'TG', 'BF', 'BJ', 'CM', 'GM', 'KE', 'LR', 'ML', 'NE', 'NG', 'RW', 'SN', 'SL', 'TZ', 'UG', 'ZA', 'ZM'];
export const FIRST_COUNTRY = 'GH';

/** Options of the country field, in alphabetical order after the first. @param {string} chosen code that is listed even when it is none of ours @returns {[code: string, name: string][]} */
export function countryOptions(chosen) {
  const [first = FIRST_COUNTRY, ...others] = CODES.includes(chosen) || chosen === '' ? CODES : [...CODES, chosen];
  const sorted = others.map((code) => /** @type {[string, string]} */ ([code, countryName(code)])).sort(([, a], [, b]) => a.localeCompare(b));
  return [[first, countryName(first)], ...sorted];
}
