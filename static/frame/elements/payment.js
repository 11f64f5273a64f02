/** The `payment` element: fields, texts and validation of mobile-money wallets. */

import { hasOwn } from '../../sdk/wire.js';
import { NETWORKS } from '../phone/networks.js';
import { missingOf, textOf } from './item.js';
import { A_WALLET, DEFAULT, SAVE_AS, THE_PROVIDER, VERIFIED, VERIFYING, WALLET, WALLET_FIELDS } from '../texts/en.js';
import { fill, translate } from '../texts/translate.js';

export { ListWithOffer as ItemList } from '../account/offer.js';
export { ItemListView } from './item-list-view.js';

const SHOWN_DIGITS = 4;
/** Country code and the digits of the network, such as `+23324`. */
const PREFIX_LENGTH = 6;
const E164 = /^\+\d{7,15}$/;
/** @type {Readonly<Record<string, string>>} */
const PROVIDERS = Object.freeze({ mtn: 'MTN', telecel: 'Telecel', airteltigo: 'AirtelTigo', mpesa: 'M-Pesa' });
/** Other names of the same providers, and the short codes that an API of the release before answers. @type {Readonly<Record<string, string>>} */
const OTHER_NAMES = Object.freeze({ vodafone: 'Telecel', vod: 'Telecel', airtel: 'AirtelTigo', atl: 'AirtelTigo' });

/** The number comes first: it proposes the provider. @type {readonly import('./item.js').Field[]} */
const FIELDS = Object.freeze([
  { name: 'phone_number', label: WALLET_FIELDS.number, type: 'phone', isRequired: true, missing: WALLET_FIELDS.noNumber, most: 32, autocomplete: 'tel' },
  { name: 'provider', label: WALLET_FIELDS.provider, type: 'select', isRequired: true, most: 16, missing: WALLET_FIELDS.noProvider, options: providerOptions, proposed: { by: 'phone_number', value: providerByNumber, hint: WALLET_FIELDS.found } },
  { name: 'label', label: SAVE_AS, type: 'text', isRequired: false, most: 60, hint: WALLET_FIELDS.labelHint },
]);

/** @type {import('./item.js').Kind} */
export const KIND = Object.freeze({
  path: 'mobile-money',
  prefix: 'momo',
  isGuarded: true,
  canEdit: false,
  fields: FIELDS,
  list: 'mobile_money',
  describe: ({ id, isDefault, fields }, all) => ({
    id,
    title: all.some((other) => other.id !== id && numberOf(other.fields) === numberOf(fields)) ? longNumberOf(fields) : numberOf(fields),
    lines: [textOf(fields, 'label')].filter((label) => label !== '' && label !== providerOf(fields)),
    badges: [...(fields.is_verified === true ? [VERIFIED] : []), ...(isDefault && all.length > 1 ? [DEFAULT] : [])],
    isDefault,
    verifying: fields.is_verified === true ? '' : verifyingOf(fields),
  }),
  labelOf: ({ fields }) => numberOf(fields),
  valuesOf: ({ fields }) => Object.fromEntries(FIELDS.map(({ name }) => [name, textOf(fields, name)])),
  begin: () => ({}),
  read,
  formTitle: () => translate(WALLET.add),
  texts: WALLET,
});

/** None is chosen at first: the number proposes one. @returns {[value: string, text: string][]} */
function providerOptions() {
  return [['', translate(WALLET_FIELDS.chooseOne)], ...Object.entries(PROVIDERS)];
}

/** @param {import('./item.js').Fields} fields */
function providerOf(fields) {
  const provider = textOf(fields, 'provider');
  const names = hasOwn(PROVIDERS, provider) ? PROVIDERS : OTHER_NAMES;
  return (hasOwn(names, provider) && names[provider]) || translate(A_WALLET);
}

/** @param {import('./item.js').Fields} fields */
function verifyingOf(fields) {
  const name = providerOf(fields);
  return fill(VERIFYING, name === translate(A_WALLET) ? translate(THE_PROVIDER) : name);
}

/** The provider whose network numbers that begin so were given to. @param {string} number with its country */
function providerByNumber(number) {
  return Object.entries(NETWORKS).find(([, beginnings]) => beginnings.some((beginning) => number.startsWith(beginning)))?.[0];
}

/** Provider and last digits, by which the customer recognises the wallet. @param {import('./item.js').Fields} fields */
function numberOf(fields) {
  return `${providerOf(fields)} •• ${textOf(fields, 'phone_number').replace(/\D/g, '').slice(-SHOWN_DIGITS)}`;
}

/** The same with the first digits too, for wallets with equal last digits. Shown to the customer, never to the shop. @param {import('./item.js').Fields} fields */
function longNumberOf(fields) {
  return numberOf(fields).replace(' ', ` ${textOf(fields, 'phone_number').slice(0, PREFIX_LENGTH)} `);
}

/** @type {import('./item.js').Kind['read']} */
function read(values) {
  const problems = missingOf(FIELDS, values);
  const number = values.phone_number ?? '';
  if (problems.phone_number === undefined && !E164.test(number)) problems.phone_number = WALLET_FIELDS.noCountry;
  if (Object.keys(problems).length > 0) return { problems };
  const label = values.label?.trim() ?? '';
  return { body: { provider: values.provider, phone_number: number, ...(label !== '' && { label }) } };
}
