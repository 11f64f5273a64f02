/** Wrong use of the SDK, in words: which mistake it is, and what to do. */

import { originOf } from './page-origin.js';
import { carriesToken, isRecord, isSmallJson } from './wire.js';

/** Limit of `appearance`, smaller than a message because the bootstrap token is sent in the same one. */
const MAX_APPEARANCE_BYTES = 4 * 1024;
/** Where every release of the SDK is served. */
const ADDRESS = /^\w+:\/\/[^/]+\/elements\/sdk\/(\w+\/)?v1\.js/;

/** Said at once where a page has a copy of its own, and on the console where another host has one, which serves no documents of ours. */
export const COPIED = 'this is a copy of the SDK: import https://link.cimplify.io/elements/sdk/v1.js';

/** @param {string} words @returns {never} */
export function refuse(words) {
  throw new TypeError(`Link: ${words}`);
}

/**
 * Origin that the SDK was loaded from, and so that of the frames. A copy or a bundle would frame the shop itself.
 * @param {string | undefined} address of the SDK's own module; a bundler may leave none @param {Window} window
 */
export function elementsOriginOf(address, window) {
  const { origin } = new URL(ADDRESS.exec(address ?? '')?.[0] ?? originOf(window));
  if (origin === originOf(window)) refuse(COPIED);
  return origin;
}

/** @param {any} target as the shop gave it @param {Document} document @returns {HTMLElement} */
export function parentOf(target, document) {
  const node = typeof target === 'string' ? find(target, document) : target;
  if (!node) refuse(`target is ${node}: mount once the element is in the page`);
  if (node.nodeType !== 1) {
    if (node[0]) refuse('target is a list, as of jQuery: pass target[0]');
    refuse(`target is ${{}.toString.call(node)}: pass ${node.current ? 'target.current' : 'an element'}`);
  }
  if (node.ownerDocument !== document) refuse('target is in another document, as of an iframe or a template: pass an element of this page');
  if (!node.isConnected) refuse('target is not in the page: append it, then mount');
  if (!(node instanceof HTMLElement)) refuse(`target is <${node.localName}>: pass a <div>`);
  return node;
}

/** @param {string} selector @param {Document} document @returns {Element} */
function find(selector, document) {
  let found;
  try {
    found = document.querySelector(selector);
  } catch {
    refuse(`"${selector}" is no selector: pass the element`);
  }
  if (!found && isInShadow(selector, document)) refuse(`"${selector}" is in a shadow root, where no selector reaches: pass the element`);
  return found ?? refuse(`nothing matches "${selector}": mount once the element is in the page`);
}

/** Whether an open shadow root of this one has it, however deep. @param {string} selector @param {ParentNode} root @returns {boolean} */
function isInShadow(selector, root) {
  return [...root.querySelectorAll('*')].some(({ shadowRoot }) => shadowRoot && (shadowRoot.querySelector(selector) || isInShadow(selector, shadowRoot)));
}

/**
 * Options for the frame, copied. What is not given stays as it was.
 * @param {{ appearance?: unknown, locale?: unknown }} given @param {any} [before] the appearance before, which holds the locale too
 * @returns {Record<string, unknown>}
 */
export function optionsOf({ appearance, locale }, before) {
  const look = { .../** @type {object} */ (appearance ?? before), locale: locale ?? before?.locale };
  if ((appearance && !isRecord(appearance)) || !isSmallJson(look, MAX_APPEARANCE_BYTES)) refuse('appearance is a small object of plain values');
  if (carriesToken(look)) refuse('appearance holds something like a token');
  return (appearance ?? locale) != null ? { appearance: JSON.parse(JSON.stringify(look)) } : {};
}
