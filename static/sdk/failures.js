/**
 * Failures as the shop receives them: an error code, a message, and whether a retry can help.
 * The messages are fixed texts, so nothing that a server or a customer wrote reaches the shop through them.
 */

/** @type {Readonly<Record<string, readonly [retryable: boolean, message: string]>>} */
const FAILURES = Object.freeze({
  frame_load_failed: [true, 'The element did not load.'],
  embed_blocked: [false, 'The element may not be shown in this page: its origin is not in the allow-list of the business, or the business is unknown or disabled.'],
  merchant_csp: [false, 'The Content-Security-Policy of this page blocks the element. It needs script-src, frame-src and connect-src for the elements origin.'],
  origin_not_allowed: [false, 'The origin of this page is not in the allow-list of the business.'],
  origin_malformed: [false, 'The origin of this page is not one a browser would send.'],
  link_session_ended: [false, 'The Link session given to the element is unknown or over.'],
  link_token_unavailable: [true, 'The Link token could not be obtained from this page.'],
  link_token_malformed: [false, 'The Link token given by this page is not one.'],
  unsupported_version: [false, 'This page and the element speak no version in common.'],
  insecure_context: [false, 'Elements need a secure context (https).'],
  unknown_business: [false, 'No such business.'],
  business_disabled: [false, 'The business is disabled.'],
  invalid_request: [false, 'The request was refused as malformed.'],
  bootstrap_invalid: [true, 'The handshake was refused. Start again.'],
  bootstrap_expired: [true, 'The handshake took too long. Start again.'],
  network: [true, 'The service cannot be reached.'],
  offline: [true, 'The device is offline.'],
  rate_limited: [true, 'Too many requests. Try again later.'],
  timeout: [true, 'No answer in time.'],
  session_expired: [false, 'The session is over.'],
  session_revoked: [false, 'The session was ended.'],
  signed_out: [false, 'The customer signed out.'],
  not_connected: [true, 'The element is not connected.'],
  destroyed: [false, 'The element was removed.'],
  internal: [false, 'Something went wrong.'],
});

/** A failure, identified by its error code. */
export class LinkError extends Error {
  /**
   * @param {string} code
   * @param {{ retryable?: boolean, message?: string, retryAfterMs?: number | null }} [said] by the server, or over the port in place of the texts of this release
   */
  constructor(code, said = {}) {
    const known = Object.hasOwn(FAILURES, code) ? FAILURES[code] : FAILURES.internal;
    const [retryable, message] = known ?? [false, ''];
    super(said.message ?? message);
    this.name = 'LinkError';
    this.code = code;
    this.retryable = said.retryable ?? retryable;
    /** Milliseconds for which the server wants no retry. */
    this.retryAfterMs = said.retryAfterMs ?? 0;
  }
}
