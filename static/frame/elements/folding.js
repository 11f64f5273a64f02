/**
 * One element of a page shows the owner of the wallet; the others fold that part to one line, with the owner and the way to sign out.
 *
 * Whole is the first that is seen and signed in: an `auth` element, which has nothing else to show, else the one that the page has had for
 * longest. Each looks for itself at the documents of the others, which are of its own origin, and watches those: nobody is told anything, and
 * one that goes away without a word, as an iframe that the page removes, leaves no other folded for ever.
 */

/** Events of a window after which its element may be seen no longer, or again. */
const CHANGES = ['pagehide', 'resize'];

/** @param {Window} window of this document */
export function foldBesideOthers(window) {
  if (typeof MutationObserver === 'undefined') return; // nobody would unfold it again
  const { documentElement: root } = window.document;
  /** What ends the watch of a document. @type {Map<Document, () => void>} */
  const watched = new Map();
  let isAwaited = false;
  const look = () => {
    const [owner, frames] = [ownerOf(window), framesOf(window)];
    const documents = [window, ...frames.map(({ other }) => other)].map(({ document }) => document);
    for (const [document, stop] of watched) if (!documents.includes(document)) stop();
    for (const document of documents) if (!watched.has(document)) watch(document);
    root.toggleAttribute('data-folded', owner !== '' && frames.some(({ other, isBefore }) => isBefore && ownerOf(other) === owner));
  };
  const lookSoon = () => { // a document that goes away is still there
    if (!isAwaited) window.setTimeout(() => {
      isAwaited = false;
      look();
    });
    isAwaited = true;
  };
  const watch = (/** @type {Document} */ document) => {
    const view = document.defaultView;
    const changes = new MutationObserver(look);
    changes.observe(document.documentElement, { attributes: true, attributeFilter: ['data-state'] });
    const shown = document.getElementById('owner');
    if (shown !== null) changes.observe(shown, { childList: true, characterData: true, subtree: true });
    for (const type of CHANGES) view?.addEventListener(type, lookSoon);
    watched.set(document, () => {
      watched.delete(document);
      changes.disconnect();
      for (const type of CHANGES) view?.removeEventListener(type, lookSoon);
    });
  };
  window.addEventListener('message', lookSoon); // a new element seeks the others
  window.addEventListener('pageshow', look);
  window.addEventListener('pagehide', () => {
    for (const stop of watched.values()) stop(); // else the others would keep this document
  });
  look();
}

/** The other elements of this business on the page, and which of them come before this one. @param {Window} window @returns {{ other: Window, isBefore: boolean }[]} */
function framesOf(window) {
  const { frames } = window.parent;
  const all = Array.from({ length: frames.length }, (_, index) => /** @type {Window} */ (frames[index]));
  const own = all.indexOf(window);
  return all.flatMap((other, index) => {
    const isOurs = index !== own && addressOf(other)?.search === window.location.search;
    return isOurs ? [{ other, isBefore: index < own || /\/auth$/.test(other.location.pathname) }] : [];
  });
}

/** @param {Window} frame @returns {Location | null} null where it is of another origin, was removed, or has no document yet */
function addressOf(frame) {
  try {
    return frame.document.documentElement && frame.location;
  } catch {
    return null;
  }
}

/** Owner that a document shows; empty where nobody is signed in, or nothing of it is seen. @param {Window} frame */
function ownerOf({ document, innerWidth }) {
  const { state } = document.documentElement.dataset;
  return (state === 'authenticated' && innerWidth > 0 && document.getElementById('owner')?.textContent) || '';
}
