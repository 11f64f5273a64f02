/** The end of a closed account: the element signs out as by its own button, so its page and the elements beside it hear what they hear of every sign-out. */

import { ACCOUNT_DONE, BY_FORM } from '../texts/en.js';
import { translate } from '../texts/translate.js';

export function showClosed() {
  const { documentElement: root } = document;
  const ended = new MutationObserver(() => {
    if (root.dataset.state !== 'ended') return;
    ended.disconnect();
    for (const id of ['stopped-text', 'status']) document.getElementById(id)?.replaceChildren(`${translate(ACCOUNT_DONE.closed)} ${translate(BY_FORM)}`);
  });
  ended.observe(root, { attributes: true, attributeFilter: ['data-state'] });
  document.getElementById('sign-out')?.click();
}
