/**
 * The lists of saved items, which the frame loads once a customer is signed in. They are a file of their own when built, with copies of the
 * functions that both files use; a class stands in one of them alone, since `instanceof` tells its copies apart. Their styles come with them:
 * `ITEM_STYLES` is what the build makes of `items.css`.
 */

import { addStyles } from '../ui/styles.js';

export * as address from './address.js';
export * as payment from './payment.js';

addStyles(document, ITEM_STYLES);
