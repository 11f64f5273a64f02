/**
 * The customer's contacts and account, which the frame loads once a customer is signed in: in `auth` with its first view, in the other elements when
 * a second contact is to be added. A file of its own when built, whose styles come with it: `ACCOUNT_STYLES` is what the build makes of `account.css`.
 */

import { addStyles } from '../ui/styles.js';

export { KIND, ItemList, ItemListView } from './part.js';

addStyles(document, ACCOUNT_STYLES);

/** Who reads another language has its texts from a file of that language, but for those of the account, which come with its code. */
function addTexts() {
  Object.assign(globalThis.linkTexts ?? {}, ACCOUNT_TEXTS[document.documentElement.lang]);
}

document.addEventListener('languagechange', addTexts);
addTexts();
