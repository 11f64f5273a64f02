/** Saved addresses and wallets of a customer, as the Link API returns them. */

/** @param {string} prefix @param {number} number */
export const id = (prefix, number) => `${prefix}_${String(number).padStart(22, '0')}`;

/** @type {Readonly<Record<string, any>>} */
export const HOME = Object.freeze({
  id: id('addr', 1), label: 'Home', street_address: '12 Ring Road', apartment: null, city: 'Accra', region: 'Greater Accra', country: 'GH',
  phone_for_delivery: '+233241234567', delivery_instructions: null, is_default: true,
});
export const WORK = Object.freeze({ ...HOME, id: id('adr', 2), label: 'Work', city: 'Kumasi', region: 'Ashanti', is_default: false });
export const MTN = Object.freeze({ id: id('momo', 1), provider: 'mtn', provider_code: 'mtn', phone_number: '+233241234567', label: 'MTN', is_verified: true, is_default: true });
export const TELECEL = Object.freeze({ id: id('momo', 2), provider: 'telecel', provider_code: 'vod', phone_number: '+233201112223', label: 'Mine', is_verified: false, is_default: false });
