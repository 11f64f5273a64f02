/** Embedding of this document: its element, its business and the origin of its parent page, read from its address and checked. */

import { isSupported } from '../../sdk/floor.js';
import { isElement, VERSION } from '../../sdk/wire.js';
import { isCanonicalOrigin } from './origin.js';

const BUSINESS_ID = /^bus_[0-9A-Za-z]{1,32}$/;

/** @typedef {{ element: import('../../sdk/wire.js').ElementName, businessId: string, parentOrigin: string }} Embedding */

/**
 * Read the embedding from the document's address. When the element may not run here, the reason is returned instead.
 * `opener` is never used: a popup has no shop around it.
 * @param {Window} window
 * @returns {Embedding | { refused: string, parentOrigin?: string }} `parentOrigin` of a page that shall be told the reason
 */
export function readEmbedding(window) {
  if (window.parent === window) return { refused: 'top_level' };
  if (window.origin === 'null') return { refused: 'opaque_origin' };
  if (!window.isSecureContext) return { refused: 'insecure_context' };
  const embedding = readAddress(window.location);
  if (embedding === null) return { refused: 'bad_address' };
  if (!mayBeEmbeddedBy(embedding.parentOrigin, window.location)) return { refused: 'origin_mismatch' };
  return isSupported(window) ? embedding : { ...embedding, refused: 'unsupported_browser' };
}

/** @param {Location} location @returns {Embedding | null} */
function readAddress({ pathname, search }) {
  const query = new URLSearchParams(search);
  const element = pathname.split('/').pop();
  const businessId = query.get('business_id') ?? '';
  const parentOrigin = query.get('parent_origin') ?? '';
  if (!isElement(element) || !BUSINESS_ID.test(businessId) || query.get('v') !== `${VERSION}`) return null;
  return isCanonicalOrigin(parentOrigin) ? { element, businessId, parentOrigin } : null;
}

/**
 * Compare with `ancestorOrigins` where the browser has it and the page does not hide it (`"null"`). This only saves a failing
 * handshake: the check that counts compares `event.origin` of the shop's message.
 * @param {string} parentOrigin @param {Location} location
 */
function mayBeEmbeddedBy(parentOrigin, { ancestorOrigins }) {
  const nearest = ancestorOrigins?.[0];
  return nearest === undefined || nearest === 'null' || nearest === parentOrigin;
}
