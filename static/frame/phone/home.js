/** Country of the shop, which the bridge wrote into the document: the first choice beside a number and in an address. */

const HOME = /^([A-Z]{2}) ([1-9]\d{0,2}) (\d{0,3})$/;

/** @param {Document} document @returns {import('./phones.js').Country | null} */
export function homeOf(document) {
  const [, region = '', code = '', trunk = ''] = HOME.exec(document.querySelector('meta[name="country"]')?.getAttribute('content') ?? '') ?? [];
  return region === '' ? null : { region, code, trunk };
}
