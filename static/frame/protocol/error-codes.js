/** Mapping of the bridge's error codes to the codes that the shop receives. */

import { codeOf, know, LinkError } from '../../sdk/failures.js';
import { ApiError } from '../session/api.js';

const OVER = 'session_expired';
/** What the bridge calls otherwise. */
const RENAMED = {
  REFRESH_TOKEN_REUSED: OVER,
  REFRESH_TOKEN_SUPERSEDED: OVER,
  REFRESH_TOKEN_INVALID: OVER,
  TOKEN_INVALID: OVER,
  TOKEN_EXPIRED: OVER,
  UNAUTHENTICATED: OVER,
  BOOTSTRAP_USED: 'bootstrap_invalid',
  VALIDATION_ERROR: 'invalid_request',
};

/** Failures that the frame alone can meet. */
know({
  bootstrap_invalid: [true, 'The handshake was refused.'],
  bootstrap_expired: [true, 'The handshake took too long.'],
  session_expired: [false, 'The session is over.'],
  session_revoked: [false, 'The session was ended.'],
});

/** Failures that would repeat at every retry. */
const FINAL = new Set(['origin_not_allowed', 'origin_malformed', 'business_disabled', 'unknown_business', 'invalid_request']);

/** @param {unknown} error @returns {LinkError} */
export function failureOf(error) {
  if (error instanceof LinkError) return error;
  if (!(error instanceof ApiError)) return new LinkError('internal');
  return new LinkError(codeOf(error.code, RENAMED) ?? (error.isTransient ? 'network' : 'internal'), { ...error });
}

/** @param {LinkError} failure */
export function isFinal(failure) {
  return FINAL.has(failure.code);
}
