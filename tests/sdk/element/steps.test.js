/** `ready`, `step` and `dismissed`: what a shop learns of an element without asking. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { OTHER_CHALLENGE, ready, shop } from '../../support/js/fake-shop.js';

test('`ready` is told once a mount, before the first step', async () => {
  const page = shop();
  await page.connect();
  assert.deepEqual(page.events.map(([type]) => type), ['initialized']);
  for (const name of ['contact', 'code']) await page.say('step', { name });
  await page.receive(ready(OTHER_CHALLENGE));
  await page.say('initialized', { state: 'guest' });
  await page.say('step', { name: 'contact' });
  assert.deepEqual(page.events.slice(1), [
    ['ready', {}], ['step', { name: 'contact' }], ['step', { name: 'code' }], ['initialized', { state: 'guest' }], ['step', { name: 'contact' }],
  ]);
});

test('a frame of an earlier release tells no step, and nothing waits for one', async () => {
  const page = shop();
  await page.connect();
  assert.deepEqual(await page.handle.ready, { state: 'guest' });
  const refreshed = page.handle.refresh();
  await page.say('token_refreshed', { expires_in: 300, id: 'c1' });
  assert.deepEqual(await refreshed, { expires_in: 300 });
});

test('a step of a later release is told too, and one that is no name is not', async () => {
  const page = shop();
  await page.connect();
  for (const name of ['passkey', 'Ama', 'a b', '', 7, undefined]) await page.say('step', { name });
  assert.deepEqual(page.events.slice(1), [['ready', {}], ['step', { name: 'passkey' }]]);
});

test('who goes on without Link is told, and the session stays', async () => {
  const page = shop();
  await page.connect();
  await page.say('dismissed', { reason: 'x' });
  assert.deepEqual([page.events.at(-1), page.handle.state], [['dismissed', {}], 'guest']);
});

test('an event that no release knows is refused', () => {
  const { handle } = shop();
  for (const type of ['painted', 'steps', '__proto__']) assert.throws(() => handle.on(/** @type {any} */ (type), () => {}), TypeError);
});
