/** The other elements of the page that show the same customer: their documents are of this one's origin, and the page takes no part. */

import { framesOf } from '../beside/folding.js';
import { showOwner } from '../ui/owner.js';

/** Remember whom the elements show now. @param {Window} window of this document @returns {() => void} shows this document's owner in those that have shown the same */
export function othersOf(window) {
  const line = window.document.getElementById('owner');
  const before = line?.textContent;
  return () => {
    const owner = line?.textContent;
    if (!before || !owner) return;
    for (const { other } of framesOf(window)) {
      const shown = other.document.getElementById('owner');
      if (shown?.textContent === before) showOwner(shown, owner);
    }
  };
}
