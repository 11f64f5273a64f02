/** Failures that the SDK alone can meet; a frame would load their texts in vain. */

import { know } from './failures.js';

know({
  frame_load_failed: [true, 'The element did not load.'],
  embed_blocked: [false, 'The origin of this page is not in the allow-list of the business, or the business is unknown or disabled.'],
  merchant_csp: [false, 'The Content-Security-Policy of this page lacks frame-src or connect-src for the elements origin.'],
  link_session_ended: [false, 'The Link session given to the element is unknown or over.'],
  link_token_unavailable: [true, 'The Link token could not be obtained from this page.'],
  link_token_malformed: [false, 'The Link token given by this page is not one.'],
  unsupported_version: [false, 'This page and the element speak no version in common.'],
  unsupported_browser: [false, 'This browser lacks what elements need. Show your own form.'],
  insecure_context: [false, 'Elements need a secure context (https).'],
  moved: [true, 'The element was moved and starts over.'],
  destroyed: [false, 'The element was removed.'],
});
