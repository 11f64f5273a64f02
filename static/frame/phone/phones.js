/**
 * Telephone numbers as customers write them: with a country code, or as they are dialled in the country that is chosen beside the field.
 * The table of all countries is loaded when a number of the chosen country alone does not explain what was typed.
 */

import { ApiError } from '../session/api.js';
import { digitsOf } from '../session/contact.js';
import { OR } from '../texts/en.js';
import { translate } from '../texts/translate.js';
import { countryName } from './country-name.js';

const E164 = /^\+\d{7,15}$/;
/** Digits after a `0` that is a trunk prefix beyond doubt: with more, or a second `0`, only the table knows what else stands before the number. */
const PLAIN = /^0(?!0)\d{0,10}$/;
/** As in the table: these countries' numbers are shown as they are grouped there before it comes, and need it for nothing. @type {Readonly<Record<string, string>>} */
const SIZES = { GH: '23', NG: '33' };
/** Until a number counts as read: the second tap of a double one comes sooner, and so does a key that is pressed in impatience. */
const READING_MS = 1_000;

/** @typedef {import('../session/contact.js').Addressee} Addressee */
/** @typedef {{ region: string, code: string, trunk: string }} Country calling code, and what is dialled at home before the number */
/** @typedef {Addressee & { regions?: readonly string[] }} TypedNumber its countries, where the table was there to tell, or was not needed */
/** @typedef {{ code: string, national: string, sizes?: string, regions?: readonly string[] }} Understood `code` and `regions` are empty where the calling code is unknown; `sizes` of the groups of digits, but for the last, which takes the rest */
/** @typedef {() => Promise<typeof import('./countries.js')>} LoadCountries */

export class Phones {
  #load;
  /** @type {typeof import('./countries.js') | null} */
  #table = null;
  /** What the customer was shown last, and since when. @type {string | undefined} */
  #shown;
  #shownAt = 0;
  #now;
  /** Country of a number without a country code: the shop's at first, then the customer's choice. @type {Country | null} */
  country;

  /** @param {Country | null} home @param {LoadCountries} load @param {() => number} [now] milliseconds of a clock that nobody sets */
  constructor(home, load, now = () => performance.now()) {
    this.country = home;
    this.#load = load;
    this.#now = now;
  }

  async loadCountries() {
    this.#table ??= await this.#load();
    return this.#table;
  }

  /** Understand a number that is shown then, also an unfinished one. @param {string} typed @returns {TypedNumber | null | undefined} null for what is none; without `regions`, or undefined, while the table is needed */
  peek(typed) {
    const found = this.#understand(digitsOf(typed));
    if (found?.shown !== this.#shown) this.#shownAt = this.#now();
    this.#shown = found?.shown;
    return found;
  }

  /** Understand a complete number. @param {string} typed @returns {Promise<TypedNumber | null>} rejects where the table is needed and cannot be loaded */
  async read(typed) {
    let found = this.peek(typed);
    if (found !== null && !found?.regions) {
      await this.loadCountries().catch(() => {});
      found = this.peek(typed);
      if (found === undefined) throw new ApiError('NETWORK');
    }
    return found !== null && E164.test(found.contact) ? found : null;
  }

  /** The same, of a number that is to be used: one of another country, or of one that nobody can tell, only after the customer could read it. @param {string} typed */
  async readShown(typed) {
    const shown = this.#now() - this.#shownAt < READING_MS ? undefined : this.#shown; // before the table comes: what is shown from then on was not read yet
    const found = await this.read(typed);
    if (found !== null && !found.regions?.includes(this.country?.region ?? '') && found.shown !== shown) throw new ApiError('not_shown');
    return found;
  }

  /** @param {string | null} digits @returns {TypedNumber | null | undefined} */
  #understand(digits) {
    if (digits === null) return null;
    const understood = this.#table ? this.#table.readNumber(digits, this.country?.region) : readAtHome(digits, this.country);
    return understood && addresseeOf(understood);
  }
}

/** Understand a number by the chosen country alone, where its spelling leaves no doubt, and one with a `+` as it is. @param {string} digits @param {Country | null} country @returns {Understood | undefined} */
function readAtHome(digits, country) {
  if (country?.trunk === '0') {
    const { region, code } = country;
    const sizes = SIZES[region];
    const own = (/** @type {string} */ national) => ({ code, national, sizes, regions: sizes ? [region] : undefined });
    if (PLAIN.test(digits)) return own(digits.slice(1));
    if (`+${code}`.startsWith(digits)) return { code: '', national: digits.slice(1), regions: [] }; // its country code, not finished yet
    if (digits.startsWith(`+${code}`)) return own(digits.slice(code.length + 1).replace(/^0/, ''));
  }
  return digits.startsWith('+') ? { code: '', national: digits.slice(1) } : undefined;
}

/** @param {Understood} number @returns {TypedNumber} */
function addresseeOf({ code, national, sizes = '', regions }) {
  let at = 0;
  const groups = [...sizes].map((size) => national.slice(at, at += Number(size)));
  const whole = `+${[code, ...groups, national.slice(at)].filter(Boolean).join('\u00a0')}`; // a number is not broken into lines
  const shown = [whole, regions?.map(countryName).join(translate(OR))].filter(Boolean).join(', ');
  return { contact: `+${code}${national}`, contact_type: 'phone', shown, regions };
}
