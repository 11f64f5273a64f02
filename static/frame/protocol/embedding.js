/** Where this document runs, and whether it may run there at all. */

import { isElement, VERSION } from '../../sdk/wire.js';
import { isCanonicalOrigin } from './origin.js';

const BUSINESS_ID = /^bus_[0-9A-Za-z]{1,32}$/;

/** @typedef {{ element: import('../../sdk/wire.js').ElementName, businessId: string, parentOrigin: string }} Embedding */

/**
 * Return the embedding named by the document's address, or the code of what forbids to run.
 * `opener` is never looked at: a popup has no shop around it.
 * @param {Window} window
 * @returns {Embedding | { refused: string }}
 */
export function readEmbedding(window) {
  if (window.parent === window) return { refused: 'top_level' };
  if (window.origin === 'null') return { refused: 'opaque_origin' };
  if (!window.isSecureContext || !window.crypto?.subtle) return { refused: 'insecure_context' };
  const embedding = readAddress(window.location);
  if (embedding === null) return { refused: 'bad_address' };
  if (!mayBeEmbeddedBy(embedding.parentOrigin, window.location)) return { refused: 'origin_mismatch' };
  return embedding;
}

/** @param {Location} location @returns {Embedding | null} */
function readAddress({ pathname, search }) {
  const query = new URLSearchParams(search);
  const element = pathname.split('/').pop();
  const businessId = query.get('business_id') ?? '';
  const parentOrigin = query.get('parent_origin') ?? '';
  if (!isElement(element) || !BUSINESS_ID.test(businessId) || query.get('v') !== String(VERSION)) return null;
  return isCanonicalOrigin(parentOrigin) ? { element, businessId, parentOrigin } : null;
}

/**
 * An early exit only: browsers without the list, and pages that hide it (`"null"`), are judged by `event.origin`.
 * @param {string} parentOrigin @param {Location} location
 */
function mayBeEmbeddedBy(parentOrigin, { ancestorOrigins }) {
  const nearest = ancestorOrigins?.[0];
  return nearest === undefined || nearest === 'null' || nearest === parentOrigin;
}
