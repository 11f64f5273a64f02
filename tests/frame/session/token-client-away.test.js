import assert from 'node:assert/strict';
import test from 'node:test';

import { client, granting, grants } from '../../support/js/fake-client.js';
import { settle } from '../../support/js/fakes.js';

test('each token is told, and the key that spends it before the call', async () => {
  const { network, tokens, told, keys } = client(granting);
  const token = `refresh-${grants}`;
  const refreshed = tokens.refresh();
  assert.equal(network.sent.length, 0);
  assert.deepEqual(told.map(([name]) => name), [token, token]);
  await refreshed;
  assert.deepEqual(told, [[token, null], [token, keys()[0]], [`refresh-${grants}`, null]]);
});

test('a page that is away sends nothing, and repeats what it cut off once it is back', async () => {
  let isSilent = true;
  const { time, network, tokens, api, heard, keys } = client(() => (isSilent ? 'silent' : granting()));
  const refreshed = assert.rejects(tokens.refresh());
  await settle();
  /** @type {() => void} */
  let back = () => {};
  tokens.pause(new Promise((resolve) => { back = () => resolve(undefined); }));
  await refreshed;
  assert.equal(network.sent[0]?.aborted, true);
  tokens.wake();
  const called = tokens.call((accessToken, signal) => api.post('seek', { body: {}, accessToken, signal }));
  await time.advance(240_000);
  assert.equal(network.sent.length, 1);
  isSilent = false;

  back();
  await settle();
  await called;

  assert.deepEqual([keys().length, new Set(keys()).size, heard], [2, 1, ['refreshed']]);
});

test('a page that comes back without its session makes no call with it', async () => {
  const { network, tokens } = client(granting);
  tokens.pause(Promise.resolve().then(() => tokens.drop()));
  await assert.rejects(tokens.call(async () => { throw new Error('a call'); }), { code: 'SESSION_EXPIRED' });
  assert.equal(network.sent.length, 0);
});
