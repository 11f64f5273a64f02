/** Answers in place of the bridge's and the Link API's that are not theirs: each call takes them for a network that fails, whatever they say. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { frame } from '../support/js/fake-frame.js';
import { logout, client } from '../support/js/fake-client.js';
import { ok } from '../support/js/fakes.js';
import { FOREIGN } from '../support/js/foreign-answers.js';
import { HOME } from '../support/js/saved-items.js';
import { signedInElement, TYPED } from '../support/js/signed-in-element.js';

const MINUTE_MS = 60_000;

/** @param {(reply: { status: number, body: unknown }, what: string) => Promise<void>} check */
async function forEach(check) {
  for (const reply of FOREIGN) await check(reply, `${reply.status} ${JSON.stringify(reply.body)}`);
}

test('`init`: the shop hears `network`, and the customer that the service cannot be reached', () => forEach(async (reply, what) => {
  const { connect, advance, types, shown, network } = frame({ init: () => reply });
  await connect();
  await advance(5_000);
  assert.deepEqual([types(), network.to('init').length], [['error network'], 3], what);
  assert.match(shown.at(-1) ?? '', /^showStopped .* network$/);
}));

test('`refresh`: the session goes on, its token is kept, and another refresh follows', () => forEach(async (reply, what) => {
  const { time, network, tokens, heard, told } = client(() => reply);
  const token = told.at(-1)?.[0];
  await Promise.all([assert.rejects(tokens.refresh(), { code: 'NETWORK', isTransient: true }), time.advance(20_000)]);
  assert.deepEqual([heard, tokens.session?.id, told.at(-1)?.[0]], [['failed NETWORK'], 'els_1', token], what);
  network.answer = () => ok({});
  const before = network.to('refresh').length;
  await time.advance(MINUTE_MS);
  assert(network.to('refresh').length > before, what);
}));

test('`logout`: the session has not ended, and the shop hears `network`', () => forEach(async (reply, what) => {
  const { api, tokens, time } = client(() => reply);
  await Promise.all([assert.rejects(tokens.logout(logout(api)), { code: 'NETWORK' }), time.advance(20_000)]);
  const { connect, command, advance, types } = frame({ logout: () => reply });
  await connect();
  await command('logout', 'a');
  await advance(20_000);
  assert.deepEqual(types().slice(2), ['error network'], what);
}));

test('`request-otp` and `verify-otp`: the customer may try again, in the session that is there', () => forEach(async (reply, what) => {
  let isForeign = true;
  const answers = { 'request-otp': () => (isForeign ? reply : ok({})), 'verify-otp': () => reply };
  const { element, connect, advance, types, shown } = frame(answers);
  await connect();
  element.requestCode('ama@mail.example');
  await advance(20_000);
  assert.match(shown.at(-1) ?? '', /^showContactForm We cannot reach Link right now/);
  isForeign = false;
  element.requestCode('ama@mail.example');
  await advance(10);
  element.verifyCode('123456');
  await advance(20_000);
  assert(shown.some((call) => call.startsWith('showCodeProblem We cannot reach Link right now')), what);
  assert.deepEqual(types(), ['initialized', 'height_change'], what);
}));

test('`data`: the list can be loaded again, and nobody is signed out', () => forEach(async (reply, what) => {
  const { types, shown, advance } = await signedInElement('address', {}, { data: () => reply });
  await advance(20_000);
  assert.match(shown.at(-1) ?? '', /^showWalletUnreachable /);
  assert.deepEqual(types(), ['initialized', 'authenticated', 'height_change'], what);
}));

test('a save: what was typed stays, with its problem, and nobody is signed out', () => forEach(async (reply, what) => {
  const { types, actions, itemList, advance } = await signedInElement('address', { addresses: [HOME] }, { addresses: () => reply });
  actions.add();
  actions.submit(TYPED);
  await advance(60_000);
  assert.match(itemList.last.general, /^We cannot reach Link right now/);
  assert.deepEqual(types(), ['initialized', 'authenticated', 'height_change'], what);
}));
