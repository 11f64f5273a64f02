/** Names of countries, as the browser knows them. */

const names = Intl.DisplayNames && new Intl.DisplayNames(['en'], { type: 'region' });

/** @param {string} code ISO 3166-1 alpha-2 @returns {string} the code itself where the browser has no name for it */
export function countryName(code) {
  try {
    return names?.of(code) ?? code;
  } catch {
    return code;
  }
}
