/** The `payment` element: fields, texts and validation of mobile-money wallets. */

import { hasOwn } from '../../sdk/wire.js';
import { NETWORKS } from '../phone/networks.js';
import { missingOf, textOf } from './item.js';

export { ItemList } from './item-list.js';
export { ItemListView } from './item-list-view.js';

const SHOWN_DIGITS = 4;
/** Country code and the digits of the network, such as `+23324`. */
const PREFIX_LENGTH = 6;
const E164 = /^\+\d{7,15}$/;
/** @type {Readonly<Record<string, string>>} */
const PROVIDERS = Object.freeze({ mtn: 'MTN', telecel: 'Telecel', airteltigo: 'AirtelTigo', mpesa: 'M-Pesa' });
/** Other names of the same providers, and the short codes that an API of the release before answers. @type {Readonly<Record<string, string>>} */
const OTHER_NAMES = Object.freeze({ vodafone: 'Telecel', vod: 'Telecel', airtel: 'AirtelTigo', atl: 'AirtelTigo' });
/** Stands where a provider has no name of ours. */
const UNKNOWN = 'Wallet';

/** The number comes first: it proposes the provider. @type {readonly import('./item.js').Field[]} */
const FIELDS = Object.freeze([
  { name: 'phone_number', label: 'Wallet number', type: 'phone', isRequired: true, most: 32, autocomplete: 'tel' },
  { name: 'provider', label: 'Provider', type: 'select', isRequired: true, most: 16, missing: 'Choose the provider of this wallet.', options: providerOptions, proposed: { by: 'phone_number', value: providerByNumber, hint: 'Found by the number. Change it if the number moved to another.' } },
  { name: 'label', label: 'Save as', type: 'text', isRequired: false, most: 60, hint: 'Such as Mine or Business.' },
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
    badges: [...(fields.is_verified === true ? ['Verified'] : []), ...(isDefault && all.length > 1 ? ['Default'] : [])],
    isDefault,
    verifying: fields.is_verified === true ? '' : verifyingOf(fields),
  }),
  labelOf: ({ fields }) => numberOf(fields),
  valuesOf: ({ fields }) => Object.fromEntries(FIELDS.map(({ name }) => [name, textOf(fields, name)])),
  begin: () => ({}),
  read,
  formTitle: () => 'Add a wallet',
  texts: Object.freeze({
    legend: 'Pay with',
    empty: 'You have no saved wallets yet.',
    why: 'Save one now, and pay with it in every shop with Link: no number to type again.',
    add: 'Add a wallet',
    save: 'Save wallet',
    use: 'Use this wallet',
    chosen: 'Chosen wallet',
    stepUp: 'This shop signed you in. Before your wallets can be changed, prove by a code that you are',
    gone: 'That wallet is no longer saved.',
    conflict: 'You have saved this wallet already.',
    full: (/** @type {number} */ limit) => `You can save ${limit} wallets. Remove one first.`,
  }),
});

/** None is chosen at first: the number proposes one. @returns {[value: string, text: string][]} */
function providerOptions() {
  return [['', 'Choose one'], ...Object.entries(PROVIDERS)];
}

/** @param {import('./item.js').Fields} fields */
function providerOf(fields) {
  const provider = textOf(fields, 'provider');
  const names = hasOwn(PROVIDERS, provider) ? PROVIDERS : OTHER_NAMES;
  return (hasOwn(names, provider) && names[provider]) || UNKNOWN;
}

/** @param {import('./item.js').Fields} fields */
function verifyingOf(fields) {
  const name = providerOf(fields);
  return `Asks ${name === UNKNOWN ? 'the provider' : name} if this number has a wallet; no money moves.`;
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
  if (problems.phone_number === undefined && !E164.test(number)) problems.phone_number = 'Enter the wallet’s phone number, with its country chosen.';
  if (Object.keys(problems).length > 0) return { problems };
  const label = values.label?.trim() ?? '';
  return { body: { provider: values.provider, phone_number: number, ...(label !== '' && { label }) } };
}
