/** All countries and the picker, loaded when the picker opens or a number of another country is typed. */

import { TABLE } from './table.js';

export { openPicker } from './picker.js';

/** @typedef {import('./phones.js').Country & { lengths: number[], leading: RegExp | null }} Listed lengths of a mobile number without trunk prefix */

/** @type {readonly Listed[]} */
export const COUNTRIES = TABLE.trim().split('\n').map((row) => {
  const [region = '', code = '', trunk = '', lengths = '', leading] = row.split(' ');
  return { region, code, trunk: trunk === '-' ? '' : trunk, lengths: lengths.split(',').map(Number), leading: leading === undefined ? null : new RegExp(`^(?:${leading})`) };
});

/** Area code and number of an Argentine mobile as dialled at home, with `15` between them. */
const ARGENTINE_MOBILE = /^0?(?=\d{12}$)(11|\d{3,4}?)15(\d+)$/;

/**
 * Understand a number: with a country code, with one but without the `+`, or as dialled in a country. A number that the chosen country may have is one of its own.
 * @param {string} digits after a `+` where it was typed @param {string} [region] the chosen country
 * @returns {import('./phones.js').Understood | null}
 */
export function readNumber(digits, region) {
  if (digits.startsWith('+')) return readInternational(digits.slice(1)) ?? { code: '', national: digits.slice(1), regions: [] };
  const chosen = COUNTRIES.find((country) => country.region === region);
  const national = chosen && { code: chosen.code, national: withoutTrunk(digits, chosen), regions: [chosen.region] };
  if (national && chosen.lengths.includes(national.national.length)) return national;
  const other = readInternational(digits);
  return (other?.isPossible ? other : national) ?? null;
}

/** @param {string} digits without the `+` */
function readInternational(digits) {
  const sharing = COUNTRIES.filter(({ code }) => digits.startsWith(code)); // no calling code begins with another
  const [main] = sharing;
  if (main === undefined) return null;
  const national = withoutTrunk(digits.slice(main.code.length), main);
  const own = sharing.filter(({ leading }) => leading?.test(national));
  const countries = own.length > 0 ? own : sharing.filter(({ leading }) => leading === null);
  return {
    code: main.code,
    national,
    regions: countries.map(({ region }) => region),
    isPossible: countries.some(({ lengths }) => lengths.includes(national.length)),
  };
}

/** Take away what is dialled at home before a number, unless the number is complete with it. @param {string} digits @param {Listed} country */
function withoutTrunk(digits, { region, trunk, lengths }) {
  if (region === 'AR' && ARGENTINE_MOBILE.test(digits)) return digits.replace(ARGENTINE_MOBILE, '9$1$2');
  if (trunk === '' || !digits.startsWith(trunk)) return digits;
  const rest = digits.slice(trunk.length);
  return lengths.includes(rest.length) || !lengths.includes(digits.length) ? rest : digits;
}
