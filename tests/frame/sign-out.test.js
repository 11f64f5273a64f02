import assert from 'node:assert/strict';
import test from 'node:test';

import { frame } from '../support/js/fake-frame.js';
import { ok, refusal } from '../support/js/fakes.js';

test('the shop’s logout ends this element alone, also while a refresh is in flight', async () => {
  const { network, connect, command, events, shown, advance } = frame({ refresh: () => 'silent' });
  await connect();
  await command('refresh', 'a');
  await command('logout', 'b');
  assert.deepEqual(network.to('logout').map(({ body }) => body), [{ scope: 'element' }]);
  assert.match(network.to('logout')[0]?.headers.Authorization ?? '', /^DPoP access-\d+$/);
  assert.deepEqual(events.slice(2).map(({ type, id, code }) => [type, id, code]), [['error', 'a', 'signed_out'], ['logout_complete', 'b', undefined]]);
  assert.equal(shown.at(-1), 'showStopped ended signed_out');
  await advance(1_000_000);
  assert.equal(network.to('refresh').length, 1);
});

test('a failed logout is reported and can be repeated', async () => {
  const replies = [() => refusal(503, 'X'), () => refusal(503, 'X'), () => refusal(503, 'X')];
  const { connect, command, advance, types, shown } = frame({ logout: () => (replies.shift() ?? (() => ok({ revoked: 1 })))() });
  await connect();
  await command('logout', 'a');
  await advance(5_000);
  assert.deepEqual(types().slice(2), ['error network']);
  assert.match(shown.at(-1) ?? '', /^showSignOutProblem We could not sign you out/);
  await command('logout', 'b');
  assert.deepEqual(types().slice(2), ['error network', 'logout_complete']);
});
