/** Token grant: the answer of `init`, `refresh` and `verify-otp`, parsed. */

import { isRecord } from '../../sdk/wire.js';
import { ApiError } from './api.js';

/** @typedef {{ id: string, state: 'guest' | 'authenticated', amr: string[], isBound: boolean, customerId: string | null }} Session `isBound`: to this document's key */
/** @typedef {{ scheme: 'DPoP' | 'Bearer', token: string }} AccessToken */
/** @typedef {{ accessToken: AccessToken, expiresInMs: number, refreshToken: string, session: Session }} Tokens */
/** @typedef {Tokens & { sentAt: import('./clock.js').Instant }} Grant */

/** @param {import('./api.js').ApiResult} result @returns {Grant} */
export function readGrant({ data, sentAt }) {
  if (!isGrant(data)) throw new ApiError('NETWORK'); // not a grant of the bridge, so the call is retried
  const { id, state, amr, customer_id: customerId } = data.session;
  return {
    accessToken: { scheme: data.token_type, token: data.access_token },
    expiresInMs: data.expires_in * 1000,
    refreshToken: data.refresh_token,
    session: {
      id,
      state: state === 'authenticated' ? 'authenticated' : 'guest',
      amr: Array.isArray(amr) ? amr.map(String) : [],
      isBound: data.token_type === 'DPoP',
      customerId: typeof customerId === 'string' ? customerId : null,
    },
    sentAt,
  };
}

/** @param {unknown} data @returns {data is { access_token: string, token_type: AccessToken['scheme'], refresh_token: string, expires_in: number, session: Record<string, unknown> & { id: string } }} */
function isGrant(data) {
  if (!isRecord(data) || !isRecord(data.session) || typeof data.session.id !== 'string') return false;
  if (typeof data.access_token !== 'string' || typeof data.refresh_token !== 'string') return false;
  if (data.token_type !== 'DPoP' && data.token_type !== 'Bearer') return false;
  return typeof data.expires_in === 'number' && data.expires_in > 0;
}
