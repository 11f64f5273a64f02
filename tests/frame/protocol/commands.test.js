import assert from 'node:assert/strict';
import test from 'node:test';

import { frame, grant } from '../../support/js/fake-frame.js';
import { refusal } from '../../support/js/fakes.js';

test('the shop’s refresh is answered by id, and carried out once in 30 s', async () => {
  const { network, connect, command, events, advance } = frame();
  await connect();
  await command('refresh', 'a');
  await command('refresh', 'b');
  await advance(29_000);
  await command('refresh', 'c');
  await advance(1_000);
  await command('refresh', 'd');
  assert.deepEqual(events.slice(2).map(({ type, id, code }) => [type, id, code]), [
    ['token_refreshed', 'a', undefined], ['error', 'b', 'rate_limited'], ['error', 'c', 'rate_limited'], ['token_refreshed', 'd', undefined],
  ]);
  assert.equal(network.to('refresh').length, 2);
});

test('the reported height is rounded and rate-limited, since it would reveal the content', async () => {
  const { connect, command, events, advance } = frame();
  await connect();
  for (const id of ['a', 'b']) await command('update', id);
  await advance(100);
  await command('update', 'c');
  assert.deepEqual(events.slice(2).map(({ id, height, code }) => [id, height ?? code]), [['a', 120], ['b', 'rate_limited'], ['c', 120]]);
});

test('update is answered; after destroy nothing is sent', async () => {
  const { network, connect, command, events, advance, element } = frame();
  await connect();
  await command('update', 'a');
  assert.deepEqual(events.at(-1), { ns: 'cimplify.link', v: 1, type: 'height_change', height: 120, id: 'a' });
  const told = events.length;
  await command('destroy', 'b');
  await command('refresh', 'c');
  element.wake(true);
  await advance(1_000_000);
  assert.equal(network.sent.length, 1);
  assert.equal(events.length, told);
});

test('a logout during the handshake ends the session before any event announces it', async () => {
  let held = 1;
  const { network, connect, command, events, advance, shown } = frame({ init: () => (held-- > 0 ? 'silent' : grant('authenticated', ['bootstrap'])) });
  await connect();
  await command('logout', 'a');
  await command('logout', 'b');
  assert.deepEqual(events, []);
  await advance(10_000);
  assert.equal(network.to('logout').length, 1);
  assert.deepEqual(events.map(({ type, id }) => [type, id]), [['logout_complete', 'a'], ['logout_complete', 'b']]);
  assert.equal(shown.at(-1), 'showStopped ended signed_out');
  await advance(1_000_000);
  assert.equal(network.to('refresh').length, 0);
});

test('a refresh that a logout aborted is answered once the logout’s outcome is known', async () => {
  const { connect, command, events, advance } = frame({ refresh: () => 'silent', logout: () => refusal(503, 'X') });
  await connect();
  await command('refresh', 'a');
  await command('logout', 'b');
  assert.equal(events.length, 2);
  await advance(5_000);
  assert.deepEqual(events.slice(2).map(({ code, id }) => [code, id]), [['network', 'a'], ['network', 'b']]);
});
