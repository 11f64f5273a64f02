/** Entry of the frame document: may it run here, and if so, start. */

import { systemClock } from './session/clock.js';
import { ElementController } from './controller.js';
import { readEmbedding } from './protocol/embedding.js';
import { View } from './ui/view.js';

/** @returns {import('./controller.js').FrameEnv} */
function browser() {
  return {
    window,
    crypto: window.crypto,
    clock: systemClock,
    fetch: (url, request) => fetch(url, request),
    setTimeout: (task, ms) => window.setTimeout(task, ms),
    clearTimeout: (id) => window.clearTimeout(id),
    random: Math.random,
    isOnline: () => navigator.onLine,
    loadPart,
  };
}

/** Of what is chosen from, a guest needs nothing, and each element only its own. @type {import('./elements/wallet.js').LoadPart} */
async function loadPart(element) {
  if (element === 'address') return import('./elements/address.js');
  return element === 'payment' ? import('./elements/payment.js') : null;
}

/** Timers may have slept through any of these. @param {ElementController} element */
function wakeWithPage(element) {
  window.addEventListener('pageshow', () => element.wake(false));
  window.addEventListener('online', () => element.wake(true));
  document.addEventListener('resume', () => element.wake(false));
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') element.wake(false);
  });
}

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
