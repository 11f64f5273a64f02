/** The `address` element: fields, texts and validation of delivery addresses. */

import { missingOf, shopLabel, textOf } from './item.js';
import { countryName } from '../phone/country-name.js';
import { countryOptions } from './countries.js';

export { ItemList } from './item-list.js';
export { ItemListView } from './item-list-view.js';

const FEWEST_DIGITS = 7; // of any script: the API cleans what is pasted, and says what is wrong with a number

/** @type {readonly import('./item.js').Field[]} */
const FIELDS = Object.freeze([
  { name: 'street_address', label: 'Street address', type: 'text', isRequired: true, most: 120, autocomplete: 'shipping address-line1' },
  { name: 'apartment', label: 'Apartment or floor', type: 'text', isRequired: false, most: 120, autocomplete: 'shipping address-line2' },
  { name: 'city', label: 'City', type: 'text', isRequired: true, most: 120, autocomplete: 'shipping address-level2', isHalf: true },
  { name: 'region', label: 'Region', type: 'text', isRequired: true, most: 120, autocomplete: 'shipping address-level1', isHalf: true },
  { name: 'country', label: 'Country', type: 'select', isRequired: true, most: 2, autocomplete: 'shipping country', options: countryOptions },
  { name: 'phone_for_delivery', label: 'Phone for delivery', type: 'tel', isRequired: false, most: 32, autocomplete: 'shipping tel', hint: 'Whom the courier can call.' },
  { name: 'delivery_instructions', label: 'Delivery instructions', type: 'lines', isRequired: false, most: 500 },
  { name: 'label', label: 'Save as', type: 'text', isRequired: true, most: 60, suggested: ['Home', 'Work'], hint: 'Choose one, or type a name of your own.', missing: 'Choose Home or Work, or type a name of your own.' },
]);
const OPTIONAL = FIELDS.filter(({ isRequired }) => !isRequired).map(({ name }) => name);

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
    badges: isDefault && all.length > 1 ? ['Default'] : [],
    isDefault,
    verifying: '',
  }),
  labelOf: ({ fields }) => shopLabel([textOf(fields, 'label'), textOf(fields, 'city')], 'Saved address'),
  valuesOf: ({ fields }) => Object.fromEntries(FIELDS.map(({ name }) => [name, textOf(fields, name)])),
  begin: (saved) => ({ country: lastCountryOf(saved) }),
  read,
  formTitle: (item) => (item === null ? 'Add an address' : `Edit ${textOf(item.fields, 'label')}`),
  texts: Object.freeze({
    legend: 'Deliver to',
    empty: 'You have no saved addresses yet.',
    why: 'Save one now, and it is ready in every shop with Link: nothing to type again.',
    add: 'Add an address',
    save: 'Save address',
    use: 'Use this address',
    chosen: 'Chosen address',
    stepUp: 'Before your addresses can be changed, prove by a code that you are',
    gone: 'That address is no longer saved.',
    conflict: 'That address changed meanwhile. Look at it again.',
    full: (/** @type {number} */ limit) => `You can save ${limit} addresses. Remove one first.`,
  }),
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
  const phone = textOf(fields, 'phone_for_delivery');
  return [
    join(textOf(fields, 'street_address'), textOf(fields, 'apartment')),
    join(textOf(fields, 'city'), textOf(fields, 'region'), country && countryName(country)),
    phone && `Phone ${phone}`,
    textOf(fields, 'delivery_instructions'),
  ].filter((line) => line !== '');
}

/** Normalise white space; a field of several lines keeps its line breaks. @param {import('./item.js').Field['type']} type @param {string} value */
function tidy(type, value) {
  if (type === 'lines') return value.replace(/\r\n?/g, '\n').trim();
  return value.replace(/[\r\n]+/g, '').replace(/\s+/g, ' ').trim(); // a field of one line contains no line break
}

/** Body of the request: a new address with all typed fields, or the changed fields of a saved one, where `null` clears a field. @type {import('./item.js').Kind['read']} */
function read(values, item) {
  const problems = missingOf(FIELDS, values);
  const phone = values.phone_for_delivery?.trim() ?? '';
  if (phone !== '' && phone.replace(/\P{Nd}/gu, '').length < FEWEST_DIGITS) problems.phone_for_delivery = 'Enter a phone number, such as 024 123 4567.';
  if (Object.keys(problems).length > 0) return { problems };
  /** @type {import('./item.js').Fields} */
  const body = {};
  for (const { name, type } of FIELDS) {
    const typed = tidy(type, values[name] ?? '');
    if (typed === (item === null ? '' : tidy(type, textOf(item.fields, name)))) continue;
    body[name] = typed === '' && OPTIONAL.includes(name) ? null : typed;
  }
  return { body };
}
