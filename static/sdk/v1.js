/**
 * Cimplify Link Elements, the SDK for shops.
 *
 *     import('https://link.cimplify.io/elements/sdk/v1.js').then(({ Link }) => {
 *       const handle = Link.mount({ businessId: 'bus_…', element: 'payment', target: '#link' });
 *       handle.on('authenticated', () => …);
 *     });
 *
 * With a deadline, as in `docs/integrate.md`: a checkout goes on without us.
 */

// Imported here so that the browser fetches all modules in parallel instead of one after another.
import './own-failures.js';
import './failures.js';
import './connection/bootstrap.js';
import { LinkHandle } from './element/handle.js';
import './connection/diagnose.js';
import './probe.js';
import './connection/connection.js';
import { isElement } from './wire.js';
import { isSeen } from './exchange.js';
import './floor.js';
import './page-origin.js';
import './connection/loading.js';
import { Keeper, logoutAll } from './element/keeper.js';
import { elementsOriginOf, optionsOf, parentOf, refuse } from './mistakes.js';
import './retries.js';
import './element/place.js';
import './element/commands.js';
import './texts/en.js';
import './texts/fr.js';

const BUSINESS_ID = /^bus_[0-9A-Za-z]{1,32}$/;
/** By business. @type {Map<string, Keeper>} */
const keepers = new Map();

/**
 * Mount an element in the page. Invalid options throw a TypeError; every later failure is an `error` event.
 * @param {import('../package/types.js').MountOptions} options
 * @returns {LinkHandle}
 */
function mount({ businessId, element, target, linkToken = null, ...look } = /** @type {any} */ ({})) {
  const elementsOrigin = elementsOriginOf(import.meta.url, window);
  businessIdOf(businessId);
  if (!isElement(element)) refuse('element is auth, address or payment');
  if (!['string', 'function', 'object'].includes(typeof linkToken)) refuse('linkToken is a string or a function');
  const parent = parentOf(target, document);
  const options = optionsOf(look);
  const env = browser();
  const mounting = { elementsOrigin, businessId, element, linkToken, options, parent };
  const keeper = keeperOf(businessId);
  const handle = new LinkHandle({ ...mounting, others: keeper.shown, onDestroyed: () => keeper.remove(handle) }, env);
  keeper.add(handle);
  return handle;
}

/** @param {unknown} businessId @returns {string} */
function businessIdOf(businessId) {
  return typeof businessId === 'string' && BUSINESS_ID.test(businessId) ? businessId : refuse('businessId is your bus_… id');
}

/** @param {string} businessId */
function keeperOf(businessId) {
  const known = keepers.get(businessId);
  if (known !== undefined) return known;
  const elementsOrigin = elementsOriginOf(import.meta.url, window);
  const env = browser();
  const quiet = { ...env, warn: () => {} }; // the shop has not mounted the hidden element, and can mend nothing of it
  const keeper = new Keeper(env, (parent) => new LinkHandle({ elementsOrigin, businessId, element: 'auth', linkToken: null, options: {}, parent, others: [] }, quiet));
  keepers.set(businessId, keeper);
  return keeper;
}

/**
 * End every sign-in that this page has with us, also where all elements are gone: for the shop's own sign-out. Does nothing where nobody is signed in.
 * @param {{ businessId?: string }} [of] a business whose customers a reload keeps: also on a page that never had an element
 * @returns {Promise<void>} rejects as `handle.logout()` does where a session could not be ended; the customer is then not signed in by it again either; where nothing of ours loads, call it again
 */
async function logout({ businessId } = {}) {
  if (businessId !== undefined) keeperOf(businessIdOf(businessId)).reach();
  return logoutAll(keepers.values());
}

/** @returns {import('./connection/connection.js').SdkEnv} */
function browser() {
  return {
    window,
    document,
    MessageChannel: window.MessageChannel,
    MutationObserver: window.MutationObserver,
    fetch: (url, request) => fetch(url, request),
    setTimeout: (task, ms) => window.setTimeout(task, ms),
    clearTimeout: (id) => window.clearTimeout(id),
    random: Math.random,
    isOnline: () => navigator.onLine,
    isSeen: () => isSeen(document),
    report: (error) => void setTimeout(() => { throw error; }),
    warn: (text) => console.warn(text),
  };
}

export const Link = Object.freeze({ mount, logout });
