/** Entry module of the frame document: checks whether the element may run in this page, and starts it. */

import { keepPresses } from './presses.js';
import { readEmbedding } from './protocol/embedding.js';
import { Phones } from './phone/phones.js';
import { ElementController } from './controller.js';
import { systemClock } from './session/clock.js';
import { homeOf } from './phone/home.js';
import { codeFromMessage } from './session/messages.js';
import { retried } from './retried.js';
import { addStyles } from './ui/styles.js';
import { View } from './ui/view.js';
import { isSeen } from '../sdk/exchange.js';
import { sayReady } from './protocol/beginning.js';

/** @param {Phones} phones @param {import('./protocol/embedding.js').Embedding} embedding @returns {import('./controller.js').FrameEnv} */
function browser(phones, embedding) {
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
    loadPart: async (element) => (element === 'auth' ? loadAccount() : (await loadLists())[element]),
    keptLoading: document.querySelector('meta[name="reload"]') && loadKept(embedding), // as the business wants it
    phones,
    loadBeside: () => import('./beside/beside.js').catch(() => {}), // without it every element asks, and shows the owner
    receiveCode: codeFromMessage,
  };
}

/** Nobody else gets to see the verifier. */
function takeBegun() {
  const begun = window.begun ?? null;
  delete window.begun;
  return begun;
}

const loadLists = retried(() => import('./elements/lists.js'), LISTS_ADDRESS);
const loadAccount = retried(() => import('./account/account.js'), ACCOUNT_ADDRESS);
const loadAppearance = retried(() => import('./ui/appearance.js'), APPEARANCE_ADDRESS);
const loadCountries = retried(() => import('./phone/countries.js'), COUNTRIES_ADDRESS);
const languages = Object.fromEntries(Object.entries(LANGUAGES).map(([language, address]) => [language, retried(() => import(address), address)]));

/** What this tab keeps for a page of this business and origin, and for no other. @param {import('./protocol/embedding.js').Embedding} embedding */
async function loadKept({ businessId, parentOrigin, element }) {
  return new (await import('./session/kept.js')).Kept(window, Date.now, `${businessId} ${parentOrigin}`, element);
}

/** Wake the element at every event after which timers may have been throttled or stopped. @param {ElementController} element */
function wakeWithPage(element) {
  window.addEventListener('pageshow', () => element.wake(false));
  window.addEventListener('online', () => element.wake(true));
  window.addEventListener('pagehide', () => element.sleep());
  document.addEventListener('resume', () => element.wake(false));
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') element.wake(false);
  });
}

addStyles(document, CARD_STYLES);
keepPresses(document);
const phones = new Phones(homeOf(document), loadCountries);
const view = new View(document, phones, loadAppearance, languages);
const hasLanguage = view.setAppearance({}); // of the browser; the shop's comes with `init`
const embedding = readEmbedding(window);
if ('refused' in embedding) {
  void hasLanguage.then(() => view.showStopped('refused', embedding.refused));
  if (embedding.parentOrigin) sayReady(window, Math.random().toString(36).slice(2).padEnd(43, '0'), embedding.parentOrigin, []); // no challenge: nobody answers it
} else {
  const element = new ElementController(embedding, browser(phones, embedding), view);
  const showElement = () => view.setElement(embedding.element);
  document.addEventListener('languagechange', showElement);
  showElement();
  view.listen(element);
  wakeWithPage(element);
  void element.start();
}
