/** The `address` element: fields, texts and validation of delivery addresses. */

import { missingOf, shopLabel, textOf } from './item.js';
import { ADDRESS, ADDRESS_FIELDS, COUNTRY, DEFAULT, EDIT_ADDRESS, INSTRUCTIONS_ARE, NO_REGION, PHONE_IS, REGIONS, SAVE_AS, SAVED_ADDRESS } from '../texts/en.js';
import { fill, translate } from '../texts/translate.js';
import { countryName } from '../phone/country-name.js';
import { countryOptions } from './countries.js';

export { ListWithOffer as ItemList } from '../account/offer.js';
export { ItemListView } from './item-list-view.js';

const FEWEST_DIGITS = 7; // of any script: the API cleans what is pasted, and says what is wrong with a number
/** Characters of a name that the API takes, and of the part of it that a city may fill. */
const LONGEST_NAME = 60;
const LONGEST_CITY = 56;

/** Kind of region that a country has, where it is another. @type {Readonly<Record<string, keyof typeof REGIONS>>} */
const KINDS = Object.freeze({ __proto__: /** @type {any} */ (null), BJ: 'department', KE: 'county', LR: 'county', NG: 'state', RW: 'province', SL: 'province', UG: 'district', ZA: 'province', ZM: 'province' });
const kindOf = (/** @type {string} */ country) => KINDS[country] ?? 'region';

/** The country comes first: the number below it is one of there. @type {readonly import('./item.js').Field[]} */
const FIELDS = Object.freeze([
  { name: 'country', label: COUNTRY, type: 'select', isRequired: true, missing: ADDRESS_FIELDS.noCountry, most: 2, autocomplete: 'shipping country', options: countryOptions },
  { name: 'street_address', label: ADDRESS_FIELDS.street, type: 'text', isRequired: true, missing: ADDRESS_FIELDS.noStreet, most: 120, autocomplete: 'shipping address-line1' },
  { name: 'apartment', label: ADDRESS_FIELDS.apartment, type: 'text', isRequired: false, most: 120, autocomplete: 'shipping address-line2' },
  { name: 'city', label: ADDRESS_FIELDS.city, type: 'text', isRequired: true, missing: ADDRESS_FIELDS.noCity, most: 120, autocomplete: 'shipping address-level2', isHalf: true },
  { name: 'region', label: REGIONS.region, named: { by: 'country', word: (country) => REGIONS[kindOf(country)] }, type: 'text', isRequired: true, missing: ({ country = '' }) => NO_REGION[kindOf(country)], most: 120, autocomplete: 'shipping address-level1', isHalf: true },
  { name: 'phone_for_delivery', label: ADDRESS_FIELDS.phone, type: 'phone', isRequired: false, most: 32, autocomplete: 'shipping tel', hint: ADDRESS_FIELDS.phoneHint, countryBy: 'country' },
  { name: 'delivery_instructions', label: ADDRESS_FIELDS.instructions, type: 'lines', isRequired: false, most: 500, hint: ADDRESS_FIELDS.instructionsHint },
  { name: 'label', label: SAVE_AS, type: 'text', isRequired: false, most: LONGEST_NAME, suggested: [ADDRESS_FIELDS.home, ADDRESS_FIELDS.work], hint: ADDRESS_FIELDS.labelHint },
]);
/** What the API can do without; of a name it cannot. */
const CLEARED = FIELDS.filter(({ name, isRequired }) => !isRequired && name !== 'label').map(({ name }) => name);

/** @type {import('./item.js').Kind} */
export const KIND = Object.freeze({
  path: 'addresses',
  prefix: 'addr|adr',
  isGuarded: false,
  canEdit: true,
  fields: FIELDS,
  list: 'addresses',
  describe: ({ id, isDefault, fields }, all) => ({
    id,
    title: textOf(fields, 'label'),
    lines: linesOf(fields),
    badges: isDefault && all.length > 1 ? [DEFAULT] : [],
    isDefault,
    verifying: '',
  }),
  labelOf: ({ fields }) => shopLabel([...new Set([textOf(fields, 'label'), textOf(fields, 'city')])], translate(SAVED_ADDRESS)),
  valuesOf: ({ fields }) => Object.fromEntries(FIELDS.map(({ name }) => [name, textOf(fields, name)])),
  begin: (saved) => ({ country: lastCountryOf(saved) }),
  read,
  formTitle: (item) => (item === null ? translate(ADDRESS.add) : fill(EDIT_ADDRESS, textOf(item.fields, 'label'))),
  texts: ADDRESS,
});

/** Country of the address that was used or saved last; empty where there is none. @param {readonly import('./item.js').Item[]} saved */
function lastCountryOf(saved) {
  const usedAt = (/** @type {import('./item.js').Item} */ { fields }) => [textOf(fields, 'created_at'), textOf(fields, 'last_used_at')].sort()[1] ?? '';
  const [last] = [...saved].sort((a, b) => Number(usedAt(b) > usedAt(a)) - Number(usedAt(b) < usedAt(a)));
  return last === undefined ? '' : textOf(last.fields, 'country');
}

/** @param {import('./item.js').Fields} fields */
function linesOf(fields) {
  const country = textOf(fields, 'country');
  const join = (/** @type {string[]} */ ...texts) => texts.filter((text) => text !== '').join(', ');
  const [phone, instructions] = [textOf(fields, 'phone_for_delivery'), textOf(fields, 'delivery_instructions')];
  return [
    join(textOf(fields, 'street_address'), textOf(fields, 'apartment')),
    join(textOf(fields, 'city'), textOf(fields, 'region'), country && countryName(country)),
    phone && fill(PHONE_IS, phone),
    instructions && fill(INSTRUCTIONS_ARE, instructions),
  ].filter((line) => line !== '');
}

/** Normalise white space; a field of several lines keeps its line breaks. @param {import('./item.js').Field['type']} type @param {string} value */
function tidy(type, value) {
  if (type === 'lines') return value.replace(/\r\n?/g, '\n').trim();
  return value.replace(/[\r\n]+/g, '').replace(/\s+/g, ' ').trim(); // a field of one line contains no line break
}

/**
 * Name of an address that was given none: its city, and a number where that is taken. The shop hears an address's name and its city, so nothing else
 * that the customer typed may become its name.
 * @param {string} city @param {string[]} taken
 */
function nameBy(city, taken) {
  const name = [...city].slice(0, LONGEST_CITY).join('').trim();
  let [made, count] = [name, 1];
  while (taken.includes(made)) made = `${name} ${count += 1}`;
  return made;
}

/** Body of the request: a new address with all typed fields, or the changed fields of a saved one, where `null` clears a field. @type {import('./item.js').Kind['read']} */
function read(values, item, saved) {
  const problems = missingOf(FIELDS, values);
  const phone = values.phone_for_delivery?.trim() ?? '';
  if (phone !== '' && phone.replace(/\P{Nd}/gu, '').length < FEWEST_DIGITS) problems.phone_for_delivery = ADDRESS_FIELDS.noPhone;
  if (Object.keys(problems).length > 0) return { problems };
  const others = saved.filter(({ id }) => id !== item?.id).map(({ fields }) => textOf(fields, 'label'));
  /** @type {import('./item.js').Fields} */
  const body = {};
  for (const { name, type } of FIELDS) {
    const typed = tidy(type, values[name] ?? '') || (name === 'label' ? nameBy(tidy('text', values.city ?? ''), others) : '');
    if (typed === (item === null ? '' : tidy(type, textOf(item.fields, name)))) continue;
    body[name] = typed === '' && CLEARED.includes(name) ? null : typed;
  }
  return { body };
}
