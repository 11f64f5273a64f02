/**
 * The lists of saved items, which the frame loads once a customer is signed in. They are a file of their own when built, with copies of the
 * functions that both files use; a class stands in one of them alone, since `instanceof` tells its copies apart. Their styles come with them:
 * `ITEM_STYLES` is what the build makes of `items.css`.
 */

export * as address from './address.js';
export * as payment from './payment.js';

// One rule around all: a browser drops what it does not know inside, and Safari before 16.4 constructs no style sheets.
const [sheet] = document.styleSheets;
sheet?.insertRule(`@media all{${ITEM_STYLES}}`, sheet.cssRules.length);
