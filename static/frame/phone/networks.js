/**
 * How numbers of each provider's networks begin: facts from the carriers of the Python library
 * phonenumbers 9.0.43, a port of Google's libphonenumber (Apache-2.0). `make country-table`
 * writes this file.
 *
 * Where a country has one provider, it is the country's calling code. A number that goes to another
 * network keeps its beginning: this proposes a provider, and decides none.
 */

/** @type {Readonly<Record<string, readonly string[]>>} */
export const NETWORKS = Object.freeze({
  mtn: ['+225', '+23324', '+23325', '+23353', '+23354', '+23355', '+23359'],
  telecel: ['+23320', '+23350'],
  airteltigo: ['+23323', '+23326', '+23327', '+23356', '+23357'],
  mpesa: ['+254'],
});
