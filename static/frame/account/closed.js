/** The end of a session that a change of the account brings about, with words of its own. */

import { ACCOUNT_DONE, BY_FORM } from '../texts/en.js';
import { translate } from '../texts/translate.js';

/** Say why instead of the usual words, once the element has ended. @param {string} why in the customer's language, empty for the usual words @returns {() => void} where it does not end */
export function sayAtEnd(why) {
  const { documentElement: root } = document;
  const ended = new MutationObserver(() => {
    if (root.dataset.state !== 'ended') return;
    ended.disconnect();
    for (const id of ['stopped-text', 'status']) document.getElementById(id)?.replaceChildren(why);
  });
  if (why) ended.observe(root, { attributes: true, attributeFilter: ['data-state'] });
  return () => ended.disconnect();
}

/** The account is closed: the element signs out as by its own button, so its page and the elements beside it hear what they hear of every sign-out. */
export function showClosed() {
  sayAtEnd(`${translate(ACCOUNT_DONE.closed)} ${translate(BY_FORM)}`);
  document.getElementById('sign-out')?.click();
}
