/** The other elements of the page that show the same customer: their documents are of this one's origin, and the page takes no part. */

import { framesOf } from '../beside/folding.js';
import { showOwner } from '../ui/owner.js';

/**
 * Remember whom the elements show now.
 * @param {Window} window of this document
 * @returns {() => void} shows this document's owner in those that have shown the same. Where the change has ended the session, they load again, and so learn that theirs is over
 */
export function othersOf(window) {
  const { document } = window;
  const line = document.getElementById('owner');
  const before = line?.textContent;
  return () => {
    const owner = line?.textContent;
    const isOver = document.documentElement.dataset.reason === 'session_revoked';
    for (const { other } of framesOf(window)) {
      const shown = other.document.getElementById('owner');
      if (!before || shown?.textContent !== before) continue;
      if (owner) showOwner(shown, owner);
      else if (isOver) other.document.getElementById('retry')?.click();
    }
  };
}
