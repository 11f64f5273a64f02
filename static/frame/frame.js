/** Entry module of the frame document: checks whether the element may run in this page, and starts it. */

import { systemClock } from './session/clock.js';
import { isSeen } from '../sdk/exchange.js';
import { ElementController } from './controller.js';
import { readEmbedding } from './protocol/embedding.js';
import { addStyles } from './ui/styles.js';
import { View } from './ui/view.js';

/** @returns {import('./controller.js').FrameEnv} */
function browser() {
  return {
    window,
    begun: takeBegun(),
    crypto: window.crypto,
    clock: systemClock,
    fetch: (url, request) => fetch(url, request),
    setTimeout: (task, ms) => window.setTimeout(task, ms),
    clearTimeout: (id) => window.clearTimeout(id),
    random: Math.random,
    isOnline: () => navigator.onLine,
    isSeen: () => isSeen(document),
    loadPart,
  };
}

/** Nobody else gets to see the verifier. */
function takeBegun() {
  const begun = window.begun ?? null;
  delete window.begun;
  return begun;
}

let failedLoads = 0;

/**
 * Load the lists once a customer is signed in; `auth` needs none. Browsers keep an import that failed for as long as the document lives, so another
 * try has an address of its own; the file is the same.
 * @type {import('./elements/wallet.js').LoadPart}
 */
async function loadPart(element) {
  if (element === 'auth') return null;
  try {
    const lists = failedLoads === 0 ? await import('./elements/lists.js') : await import(`${LISTS_ADDRESS}?again=${failedLoads}`);
    return lists[element];
  } catch (error) {
    failedLoads += 1;
    throw error;
  }
}

/** Wake the element at every event after which timers may have been throttled or stopped. @param {ElementController} element */
function wakeWithPage(element) {
  window.addEventListener('pageshow', () => element.wake(false));
  window.addEventListener('online', () => element.wake(true));
  document.addEventListener('resume', () => element.wake(false));
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') element.wake(false);
  });
}

addStyles(document, CARD_STYLES);
const view = new View(document);
const embedding = readEmbedding(window);
if ('refused' in embedding) {
  view.showStopped('refused', embedding.refused);
} else {
  const element = new ElementController(embedding, browser(), view);
  view.setElement(embedding.element);
  view.listen(element);
  wakeWithPage(element);
  void element.start();
}
