/** A token client with a fake bridge, clock and network. */

import { Api } from '../../../static/frame/session/api.js';
import { readGrant } from '../../../static/frame/session/grant.js';
import { TokenClient } from '../../../static/frame/session/token-client.js';
import { FakeNetwork, FakeProver, FakeTime, fakeEnv, ok } from './fakes.js';

export let grants = 0;

/** @param {'guest' | 'authenticated'} [state] @param {number} [expires_in] */
export function grantBody(state = 'guest', expires_in = 300) {
  grants += 1;
  return {
    access_token: `access-${grants}`,
    token_type: 'DPoP',
    expires_in,
    refresh_token: `refresh-${grants}`,
    refresh_expires_in: 600,
    session: { id: 'els_1', state, amr: state === 'guest' ? [] : ['otp'] },
  };
}

export const granting = () => ok(grantBody());
export const logout = (/** @type {Api} */ api) => (/** @type {import('../../../static/frame/session/grant.js').AccessToken} */ accessToken, /** @type {AbortSignal} */ signal) => api.post('logout', { body: { scope: 'element' }, accessToken, signal, tries: 3 });

/** @param {(sent: import('./fakes.js').Sent) => import('./fakes.js').Reply} answer @param {number} [expiresIn] */
export function client(answer, expiresIn = 300) {
  const time = new FakeTime();
  const network = new FakeNetwork(answer);
  const env = fakeEnv(time, network);
  const api = new Api(env, new FakeProver());
  /** @type {string[]} */
  const heard = [];
  /** @type {[string, string | null][]} */
  const told = [];
  const tokens = new TokenClient(api, env, {
    onRefreshed: () => heard.push('refreshed'),
    onFailed: ({ code }) => heard.push(`failed ${code}`),
    onEnded: ({ code }) => heard.push(`ended ${code}`),
    onToken: (token, spentBy) => told.push([token, spentBy]),
  });
  tokens.adopt(readGrant({ data: grantBody('guest', expiresIn), sentAt: time.now() }));
  const keys = () => network.to('refresh').map(({ headers }) => headers['Idempotency-Key']);
  return { time, network, api, tokens, heard, told, keys };
}
