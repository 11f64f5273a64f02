/**
 * Cimplify Link Elements, for shops.
 *
 *     import { Link } from 'https://link.cimplify.io/elements/sdk/v1.js';
 *     const handle = Link.mount({ businessId: 'bus_…', element: 'payment', target: '#link' });
 *     handle.on('authenticated', () => …);
 */

// Each module is named here too: the browser then fetches them side by side, not one after another.
import './bootstrap.js';
import './commands.js';
import './connection.js';
import './diagnose.js';
import './exchange.js';
import './failures.js';
import './loading.js';
import { LinkHandle } from './handle.js';
import { carriesToken, isElement, isRecord, isSmallJson } from './wire.js';

/** The token that travels in the same message needs room too. */
const MAX_APPEARANCE_BYTES = 4 * 1024;
const BUSINESS_ID = /^bus_[0-9A-Za-z]{1,32}$/;

/**
 * How the element looks. What is not as said here is dropped by the element; text stays readable whatever is wished.
 * @typedef {object} Appearance
 * @property {'auto' | 'light' | 'dark'} [theme] `auto`, the device's own, unless said
 * @property {Partial<Record<'colorPrimary' | 'colorBackground' | 'colorText' | 'colorDanger' | 'borderRadius' | 'fontSize', string>>} [variables]
 * colours as `#rgb` or `#rrggbb`, `borderRadius` of 0 to 24px, `fontSize` of 13 to 20px
 */
/**
 * @typedef {object} MountOptions
 * @property {string} businessId
 * @property {import('./wire.js').ElementName} element
 * @property {HTMLElement | string} target where the element goes: a node or a selector
 * @property {import('./bootstrap.js').LinkToken} [linkToken] the customer's `lnk_…`, or what returns it; asked anew at each handshake
 * @property {Appearance} [appearance]
 */

/**
 * Put an element into the page. A mistake in the options throws; all that can go wrong later is an `error` event.
 * @param {MountOptions} options
 * @returns {LinkHandle}
 */
function mount({ businessId, element, target, linkToken = null, appearance }) {
  if (typeof businessId !== 'string' || !BUSINESS_ID.test(businessId)) throw new TypeError('Link: businessId is a bus_… id');
  if (!isElement(element)) throw new TypeError('Link: element is auth, address or payment');
  if (!['string', 'function', 'object'].includes(typeof linkToken)) throw new TypeError('Link: linkToken is a string or a function');
  const parent = typeof target === 'string' ? document.querySelector(target) : target;
  if (!(parent instanceof HTMLElement)) throw new TypeError('Link: target is no element of this page');
  const options = optionsOf(appearance);
  const elementsOrigin = new URL(import.meta.url).origin;
  return new LinkHandle({ elementsOrigin, businessId, element, linkToken, options, parent }, browser());
}

/** @param {unknown} appearance @returns {Record<string, unknown>} */
function optionsOf(appearance) {
  if (appearance === undefined || appearance === null) return {};
  if (!isRecord(appearance) || !isSmallJson(appearance, MAX_APPEARANCE_BYTES)) throw new TypeError('Link: appearance is a small object of plain values');
  if (carriesToken(appearance)) throw new TypeError('Link: appearance holds something like a token');
  return { appearance: structuredClone(appearance) };
}

/** @returns {import('./connection.js').SdkEnv} */
function browser() {
  return {
    window,
    document,
    MessageChannel,
    fetch: (url, request) => fetch(url, request),
    setTimeout: (task, ms) => window.setTimeout(task, ms),
    clearTimeout: (id) => window.clearTimeout(id),
    random: Math.random,
    isOnline: () => navigator.onLine,
    report: (error) => window.reportError(error),
    warn: (text) => console.warn(text),
  };
}

export const Link = Object.freeze({ mount });
