/** What an element's iframe is called, after `Cimplify Link`, where a page is read out. Its `title` stays the hook that `docs/integrate.md` names. */

/** @type {Record<string, string>} */
export const NAMES = { auth: 'sign-in', address: 'your addresses', payment: 'your wallets' };
