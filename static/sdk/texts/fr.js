/** The texts of `en.js` in French. */

/** @type {Record<string, string>} */
export const NAMES = { auth: 'connexion', address: 'vos adresses', payment: 'vos portefeuilles' };
