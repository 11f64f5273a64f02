/** Styles that come with code, into the document's own style sheet: its policy allows no other. */

/**
 * By its id, since an extension of the browser may have put a sheet of its own before it. A document of the release before has a style without one.
 * @param {Document} document @param {string} rules
 */
export function addStyles(document, rules) {
  const style = /** @type {HTMLStyleElement | null} */ (document.querySelector('#link-styles') ?? document.querySelector('style'));
  // One rule around all: a browser drops what it does not know inside, and Safari before 16.4 constructs no style sheets.
  style?.sheet?.insertRule(`@media all{${rules}}`, style.sheet.cssRules.length);
}
