/** Saved item, an address or a wallet: its shape, its kind, and the label that the shop may read. */

import { isRecord } from '../../sdk/wire.js';
import { isSafeForShop } from '../protocol/port.js';

/** As `String.length` counts: a shop's column may count so too. */
const LONGEST_LABEL = 60;
/** Digits that must not reach the shop: five in a row are more than a house number or a masked wallet has, seven in all make a telephone number. */
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
 * @property {string} verifying what *Verify* does, and that it costs nothing; empty where there is nothing to verify
 */
/**
 * @typedef {object} Field
 * @property {string} name
 * @property {string} label of `en.js`, as all texts of a field are
 * @property {'text' | 'phone' | 'select' | 'lines'} type `phone` has the country beside it
 * @property {{ by: string, word: (value: string) => string }} [named] its label where another field's value has a word of its own for it
 * @property {boolean} isRequired
 * @property {number} most characters
 * @property {string} [autocomplete]
 * @property {string} [hint]
 * @property {string | ((values: Values) => string)} [missing] what to do where it is empty; a required field has it
 * @property {readonly string[]} [suggested] texts that a press fills in
 * @property {boolean} [isHalf] half as wide: two such fields share a row where there is room
 * @property {(value: string) => [value: string, text: string][]} [options] options of a select; `value` is always among them
 * @property {string} [countryBy] field whose country a number has, until the customer chooses another beside it
 * @property {{ by: string, value: (number: string) => string | undefined, hint: string }} [proposed] choice that the number in another field speaks for, and what is said of it
 */
/** @typedef {Record<string, string>} Values as typed, by field */
/** @typedef {{ body: Fields } | { problems: Values }} Read */
/**
 * @typedef {object} Kind
 * @property {string} path of the API
 * @property {string} prefix of its ids; several are separated by `|`
 * @property {boolean} isGuarded whether a change requires a code in this session
 * @property {boolean} canEdit
 * @property {readonly Field[]} fields
 * @property {string} list name of its list in the customer's data
 * @property {(item: Item, all: readonly Item[]) => Described} describe how the item is shown; the other items make equal titles distinct
 * @property {(item: Item) => string} labelOf for the shop
 * @property {(item: Item) => Values} valuesOf
 * @property {(saved: readonly Item[]) => Values} begin what the form of a new item begins with
 * @property {(values: Values, item: Item | null, saved: readonly Item[]) => Read} read
 * @property {(item: Item | null) => string} formTitle
 * @property {ItemTexts} texts
 */
/**
 * @typedef {object} ItemTexts
 * @property {string} legend
 * @property {string} empty
 * @property {string} why one would save something
 * @property {string} add
 * @property {string} save
 * @property {string} use no more than happens: the shop hears of a choice, and neither pays nor delivers by it
 * @property {string} chosen
 * @property {string} stepUp why a code is required; the customer’s contact follows
 * @property {string} gone
 * @property {string} conflict
 * @property {string} full names the `{limit}`
 */

/** @param {unknown} list @param {string} prefix @returns {Item[]} the default first, the rest in the order of the API */
export function itemsOf(list, prefix) {
  const isOurs = new RegExp(`^(?:${prefix})_[0-9A-Za-z]{16,32}$`);
  const found = Array.isArray(list) ? list.filter(isRecord) : [];
  return found
    .filter(({ id }) => typeof id === 'string' && isOurs.test(id))
    .map((fields) => ({ id: String(fields.id), isDefault: fields.is_default === true, fields }))
    .sort((a, b) => Number(b.isDefault) - Number(a.isDefault));
}

/** @param {Fields} fields @param {string} name */
export function textOf(fields, name) {
  const value = fields[name];
  return typeof value === 'string' ? value : '';
}

/** Label for the shop, made of texts that the customer wrote; `otherwise` where none of them is safe to show. @param {string[]} texts @param {string} otherwise */
export function shopLabel(texts, otherwise) {
  const safe = texts.filter((text) => text !== '' && isSafeLabel(text));
  const label = shortened(safe.join(', '));
  return label !== '' && isSafeLabel(label) ? label : otherwise;
}

/** Cut between two characters, and say so. @param {string} text */
function shortened(text) {
  if (text.length <= LONGEST_LABEL) return text;
  let kept = '';
  for (const character of text) {
    if (kept.length + character.length >= LONGEST_LABEL) break;
    kept += character;
  }
  return `${kept.replace(/[\s,]+$/, '')}…`;
}

/** @param {string} text */
function isSafeLabel(text) {
  return !LONG_NUMBER.test(text.normalize('NFKC')) && isSafeForShop(text);
}

/** What a field is called beside these values. @param {Field} field @param {Values} values */
export function labelOf({ label, named }, values) {
  return named?.word(values[named.by] ?? '') ?? label;
}

/** What to do about each required field that is empty. @param {readonly Field[]} fields @param {Values} values @returns {Values} */
export function missingOf(fields, values) {
  const empty = fields.filter(({ name, isRequired }) => isRequired && !values[name]?.trim());
  return Object.fromEntries(empty.map(({ name, missing = '' }) => [name, typeof missing === 'string' ? missing : missing(values)]));
}
