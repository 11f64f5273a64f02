/**
 * One element of a page asks its guest, or shows the owner of the wallet; the others fold that part: the sign-in to a sentence and a button
 * (`aside.js`), the owner to one line with the way to sign out.
 *
 * Whole is the first that is seen and has the same to show: an `auth` element, which has nothing else, else the one that the page has had for
 * longest. Each looks for itself at the documents of the others, which are of its own origin, and watches those: nobody is told anything, and
 * one that goes away without a word, as an iframe that the page removes, leaves no other folded for ever.
 */

import { makeAside } from './aside.js';

/** A document whose code comes says after this time that it is slow (`controller.js`). */
const SLOW_MS = 5_000;
/** No event tells that the page hides an iframe; in Chromium its document then has no width. */
const LOOK_AGAIN_MS = 1_000;
/** States of a document that asks its guest, or is about to. @type {unknown[]} */
const ASKING = ['connecting', 'guest', 'code'];

/** @param {Window} window of this document */
export function foldBesideOthers(window) {
  if (typeof MutationObserver === 'undefined') return; // nobody would unfold it again
  const { documentElement: root } = window.document;
  /** What ends the watch of a document. @type {Map<Document, () => void>} */
  const watched = new Map();
  /** Documents whose code does not come: they ask nobody. @type {WeakSet<Document>} */
  const silent = new WeakSet();
  let isAwaited = false;
  const look = () => {
    const [owner, frames] = [ownerOf(window), framesOf(window)];
    const documents = [window, ...frames.map(({ other }) => other)].map(({ document }) => document);
    for (const [document, stop] of watched) if (!documents.includes(document)) stop();
    for (const document of documents) {
      if (!watched.has(document)) watch(document);
      if (document.documentElement.dataset.state === 'disconnected') silent.add(document); // it may try again and again
    }
    const before = frames.filter(({ isBefore }) => isBefore).map(({ other }) => other);
    root.toggleAttribute('data-folded', owner !== '' && before.some((other) => ownerOf(other) === owner));
    const isSilent = (/** @type {Window} */ { document }) => silent.has(document) && document.documentElement.dataset.state === 'connecting';
    setAside(before.some((other) => isAsking(other) && !isSilent(other)), before.some(isHost));
  };
  const setAside = makeAside(window, look);
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
    view?.addEventListener('pagehide', lookSoon);
    const wait = window.setTimeout(() => {
      if (document.documentElement.dataset.state !== 'connecting') return;
      silent.add(document);
      look();
    }, SLOW_MS);
    watched.set(document, () => {
      watched.delete(document);
      window.clearTimeout(wait);
      changes.disconnect();
      view?.removeEventListener('pagehide', lookSoon);
    });
  };
  window.addEventListener('message', lookSoon); // a new element seeks the others
  window.addEventListener('pageshow', look);
  window.addEventListener('pagehide', () => {
    for (const stop of watched.values()) stop(); // else the others would keep this document
  });
  const lookOften = () => {
    window.setTimeout(lookOften, LOOK_AGAIN_MS);
    if (window.document.visibilityState === 'visible') look();
  };
  look();
  lookOften();
}

/** The other elements of this business on the page, and which of them come before this one. @param {Window} window @returns {{ other: Window, isBefore: boolean }[]} */
export function framesOf(window) {
  const { frames } = window.parent;
  const all = Array.from({ length: frames.length }, (_, index) => /** @type {Window} */ (frames[index]));
  const own = all.indexOf(window);
  return all.flatMap((other, index) => {
    if (index === own || addressOf(other)?.search !== window.location.search) return [];
    return [{ other, isBefore: isAuth(other) === isAuth(window) ? index < own : isAuth(other) }];
  });
}

/** @param {Window} frame of our own origin */
function isAuth({ location }) {
  return /\/auth$/.test(location.pathname);
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
  const { dataset, offsetWidth } = document.documentElement;
  return (dataset.state === 'authenticated' && innerWidth > 0 && offsetWidth > 0 && document.getElementById('owner')?.textContent) || '';
}

/** Whether a document's customer is handed over to guests: one whom the shop vouches for in that element alone is not. @param {Window} frame */
function isHost(frame) {
  return ownerOf(frame) !== '' && frame.document.documentElement.hasAttribute('data-host'); // as `protocol/siblings.js` says
}

/** Whether a document shows the sign-in to a guest, or will; a customer's step-up is none. @param {Window} frame */
function isAsking({ document, innerWidth }) {
  const { dataset, offsetWidth } = document.documentElement;
  return innerWidth > 0 && offsetWidth > 0 && ASKING.includes(dataset.state) && document.getElementById('step-up')?.hidden === true;
}
