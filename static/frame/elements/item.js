/** What a customer chooses from, addresses and wallets alike, and what the shop may read of it. */

import { isSafeForShop } from '../protocol/port.js';

const LONGEST_LABEL = 120;
/** More digits in a row than a house or the end of a number has, or as many in all as a telephone number. */
const LONG_NUMBER = /\p{Nd}(?:[^\p{L}\p{Nd}]*\p{Nd}){4,}|(?:\p{Nd}[^\p{Nd}]*){7,}/u;

/** @typedef {import('../../sdk/wire.js').Fields} Fields */
/** @typedef {{ id: string, isDefault: boolean, fields: Fields }} Item */
/**
 * @typedef {object} Described
 * @property {string} id
 * @property {string} title
 * @property {string[]} lines
 * @property {string[]} badges
 * @property {boolean} isDefault
 * @property {boolean} canVerify
 */
/**
 * @typedef {object} Field
 * @property {string} name
 * @property {string} label
 * @property {'text' | 'tel' | 'select' | 'lines'} type
 * @property {boolean} isRequired
 * @property {number} most characters
 * @property {string} [autocomplete]
 * @property {string} [hint]
 * @property {boolean} [isHalf] two of these stand side by side where there is room
 * @property {(value: string) => [value: string, text: string][]} [options] of a select, so that `value` is among them
 * @property {string} [initial]
 */
/** @typedef {Record<string, string>} Values as typed, by field */
/** @typedef {{ body: Fields } | { problems: Values }} Read */
/**
 * @typedef {object} Kind
 * @property {string} path of the API
 * @property {string} prefix of its ids
 * @property {boolean} isGuarded changing one takes a code, in this session
 * @property {boolean} canEdit
 * @property {readonly Field[]} fields
 * @property {(data: import('./wallet-api.js').WalletData) => Fields[]} listOf
 * @property {(item: Item, all: readonly Item[]) => Described} describe among all that are shown
 * @property {(item: Item) => string} labelOf for the shop
 * @property {(item: Item) => Values} valuesOf
 * @property {(values: Values, item: Item | null) => Read} read
 * @property {(item: Item | null) => string} formTitle
 * @property {Words} words
 */
/**
 * @typedef {object} Words
 * @property {string} legend
 * @property {string} empty
 * @property {string} add
 * @property {string} save
 * @property {string} use
 * @property {string} chosen
 * @property {string} stepUp why a code is asked for; the customer’s contact follows
 * @property {string} gone
 * @property {string} conflict
 * @property {(limit: number) => string} full
 */

/** @param {Fields[]} list @param {string} prefix @returns {Item[]} the default first, else as they come */
export function itemsOf(list, prefix) {
  const isOurs = new RegExp(`^${prefix}_[0-9A-Za-z]{16,32}$`);
  return list
    .filter(({ id }) => typeof id === 'string' && isOurs.test(id))
    .map((fields) => ({ id: String(fields.id), isDefault: fields.is_default === true, fields }))
    .sort((a, b) => Number(b.isDefault) - Number(a.isDefault));
}

/** @param {Fields} fields @param {string} name */
export function textOf(fields, name) {
  const value = fields[name];
  return typeof value === 'string' ? value : '';
}

/** What may be told of texts that the customer wrote; `otherwise` where that is nothing. @param {string[]} texts @param {string} otherwise */
export function shopLabel(texts, otherwise) {
  const told = texts.filter((text) => text !== '' && mayBeTold(text));
  const label = [...told.join(', ')].slice(0, LONGEST_LABEL).join('');
  return label !== '' && label.length <= LONGEST_LABEL && mayBeTold(label) ? label : otherwise;
}

/** @param {string} text */
function mayBeTold(text) {
  return !LONG_NUMBER.test(text.normalize('NFKC')) && isSafeForShop(text);
}

/** Each required field that is empty. @param {readonly Field[]} fields @param {Values} values @returns {Values} */
export function missingOf(fields, values) {
  const empty = fields.filter(({ name, isRequired }) => isRequired && !values[name]?.trim());
  return Object.fromEntries(empty.map(({ name, label, type }) => [name, `${type === 'select' ? 'Choose' : 'Enter'} the ${label.toLowerCase()}.`]));
}
