/** Failures that the SDK alone can meet; a frame would load their texts in vain. */

import { know, LinkError } from './failures.js';
import { isSupported } from './floor.js';

know({
  frame_load_failed: [true, 'The element did not load.'],
  embed_blocked: [false, 'The business does not list the origin of this page, or is unknown or disabled.'],
  merchant_csp: [false, 'The Content-Security-Policy of this page lacks frame-src or connect-src for the elements origin.'],
  link_session_ended: [false, 'The Link session is unknown or over.'],
  link_token_unavailable: [true, 'linkToken failed.'],
  link_token_malformed: [false, 'linkToken returned no Link token.'],
  unsupported_version: [false, 'This page and the element speak no version in common.'],
  unsupported_browser: [false, 'This browser lacks what elements need. Show your own form.'],
  insecure_context: [false, 'Elements need a secure context (https).'],
  moved: [true, 'The element was moved and starts over.'],
  destroyed: [false, 'The element was removed.'],
});

/** Why no element can run in a page. @param {Window} window @returns {LinkError | null} */
export function unsupportedReason(window) {
  if (!window.isSecureContext) return new LinkError('insecure_context');
  if (window.origin === 'null') return new LinkError('origin_not_allowed');
  return isSupported(window) ? null : new LinkError('unsupported_browser');
}
