/** All countries and the picker, loaded when the picker opens or a number of another country is typed. */

import { TABLE } from './table.js';

export { openPicker } from './picker.js';

/**
 * @typedef {import('./phones.js').Country & { lengths: number[], sizes: string, abroad: RegExp, leading: RegExp | null }} Listed lengths of a mobile number
 * without trunk prefix, sizes of its groups, and what is dialled before a calling code
 */

/** @type {readonly Listed[]} */
export const COUNTRIES = TABLE.trim().split('\n').map((row) => {
  const [region = '', code = '', trunk = '', lengths = '', sizes = '', abroad = '', leading] = row.split(' ').map((field) => (field === '-' ? '' : field));
  return { region, code, trunk, lengths: lengths.split(',').map(Number), sizes, abroad: beginning(abroad || '00'), leading: leading === undefined ? null : beginning(leading) };
});

/** `00` stands for the `+` where the country dials another prefix too, and `000` as East Africa dials it. */
const ABROAD = /^000?/;
/** Area code and number of an Argentine mobile as dialled at home, with `15` between them. */
const ARGENTINE_MOBILE = /^0?(?=\d{12}$)(11|\d{3,4}?)15(\d+)$/;

/** @param {string} pattern */
function beginning(pattern) {
  return new RegExp(`^(?:${pattern})`);
}

/**
 * Understand a number: with a country code, with one but without the `+`, or as dialled in a country. A number that the chosen country may have is one of its own.
 * @param {string} digits after a `+` where it was typed @param {string} [region] the chosen country
 * @returns {import('./phones.js').Understood | null}
 */
export function readNumber(digits, region) {
  if (digits.startsWith('+')) return readInternational(digits.slice(1)) ?? unknown(digits.slice(1));
  const chosen = COUNTRIES.find((country) => country.region === region);
  const national = chosen && { code: chosen.code, national: withoutTrunk(digits, chosen), sizes: chosen.sizes, regions: [chosen.region] };
  const isAbroad = ABROAD.test(digits);
  if (!isAbroad && national && chosen.lengths.includes(national.national.length)) return national;
  const prefixes = [chosen?.abroad ?? ABROAD, ABROAD].filter((prefix) => prefix.test(digits)); // the country's own comes first
  const others = [...prefixes.map((prefix) => digits.replace(prefix, '')), digits].map(readInternational);
  const other = others.find((one) => one?.isPossible);
  if (other || !isAbroad) return other ?? national ?? null;
  return others.find(Boolean) ?? unknown(digits.replace(ABROAD, ''));
}

/** A number whose calling code nobody has, or that is not finished. @param {string} national @returns {import('./phones.js').Understood | null} */
function unknown(national) {
  return national === '' ? null : { code: '', national, regions: [] };
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
    sizes: (countries[0] ?? main).sizes,
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
