/** Mapping of the bridge's error codes to the codes that the shop receives. */

import { LinkError } from '../../sdk/failures.js';
import { ApiError } from '../session/api.js';

/** @type {Readonly<Record<string, string>>} */
const CODES = Object.freeze({
  OFFLINE: 'offline',
  RATE_LIMITED: 'rate_limited',
  SESSION_EXPIRED: 'session_expired',
  SESSION_REVOKED: 'session_revoked',
  REFRESH_TOKEN_REUSED: 'session_expired',
  REFRESH_TOKEN_SUPERSEDED: 'session_expired',
  REFRESH_TOKEN_INVALID: 'session_expired',
  TOKEN_INVALID: 'session_expired',
  TOKEN_EXPIRED: 'session_expired',
  UNAUTHENTICATED: 'session_expired',
  BOOTSTRAP_EXPIRED: 'bootstrap_expired',
  BOOTSTRAP_INVALID: 'bootstrap_invalid',
  BOOTSTRAP_USED: 'bootstrap_invalid',
  ORIGIN_NOT_ALLOWED: 'origin_not_allowed',
  ORIGIN_MALFORMED: 'origin_malformed',
  BUSINESS_DISABLED: 'business_disabled',
  UNKNOWN_BUSINESS: 'unknown_business',
  VALIDATION_ERROR: 'invalid_request',
});

/** Failures that would repeat at every retry. */
const FINAL = new Set(['origin_not_allowed', 'origin_malformed', 'business_disabled', 'unknown_business', 'invalid_request']);

/** @param {unknown} error @returns {LinkError} */
export function failureOf(error) {
  if (error instanceof LinkError) return error;
  if (!(error instanceof ApiError)) return new LinkError('internal');
  const code = Object.hasOwn(CODES, error.code) && CODES[error.code];
  return new LinkError(code || (error.isTransient ? 'network' : 'internal'), { retryAfterMs: error.retryAfterMs });
}

/** @param {LinkError} failure */
export function isFinal(failure) {
  return FINAL.has(failure.code);
}
