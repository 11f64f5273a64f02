/**
 * Failures as the shop receives them: an error code, a message, and whether a retry can help.
 * The messages are fixed texts, so nothing that a server or a customer wrote reaches the shop through them.
 */

import { hasOwn, isRequestId } from './wire.js';

/** @typedef {Record<string, readonly [retryable: boolean, message: string]>} Failures */

/** Failures that SDK and frame have in common; each adds its own. @type {Failures} */
const FAILURES = {
  origin_not_allowed: [false, 'The business does not list the origin of this page.'],
  origin_malformed: [false, 'The origin of this page is not one a browser would send.'],
  unknown_business: [false, 'No such business.'],
  business_disabled: [false, 'The business is disabled.'],
  invalid_request: [false, 'The request is malformed.'],
  network: [true, 'The service cannot be reached.'],
  offline: [true, 'The device is offline.'],
  rate_limited: [true, 'Too many requests.'],
  timeout: [true, 'No answer in time.'],
  signed_out: [false, 'The customer signed out.'],
  not_connected: [true, 'The element is not connected.'],
  internal: [false, 'Something went wrong.'],
};

/** Make the failures of one side known. @param {Failures} own */
export function know(own) {
  Object.assign(FAILURES, own);
}

/**
 * Code of a refusal by the bridge: the same word in lower case, unless it has another name here.
 * @param {string} refusal @param {Readonly<Record<string, string>>} renamed
 * @returns {string | null} null for one that no failure is named after
 */
export function codeOf(refusal, renamed) {
  const code = renamed[refusal] ?? refusal.toLowerCase();
  return code !== 'internal' && hasOwn(FAILURES, code) ? code : null;
}

/** A failure, identified by its error code. */
export class LinkError extends Error {
  /**
   * @param {string} code
   * @param {{ retryable?: boolean, message?: string, request_id?: string | null, retryAfterMs?: number | null }} [said] by the server, or over the port in place of the texts of this release
   */
  constructor(code, said = {}) {
    const [retryable, message] = /** @type {Failures[string]} */ (FAILURES[hasOwn(FAILURES, code) ? code : 'internal']);
    super(said.message ?? message);
    this.name = 'LinkError';
    this.code = code;
    this.retryable = said.retryable ?? retryable;
    /** Milliseconds for which the server wants no retry. */
    this.retryAfterMs = said.retryAfterMs ?? 0;
    /** Name of the refused call in our logs. A proxy may have given it one that is of no use there, and is not told. @type {string | undefined} */
    this.request_id = isRequestId(said.request_id) ? said.request_id : undefined;
  }
}

/** A failure as an event tells it. @param {LinkError} failure */
export function fieldsOf({ code, retryable, message, request_id }) {
  return { code, retryable, message, ...(request_id && { request_id }) };
}
