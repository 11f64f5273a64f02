/** `step` and `dismissed`: what the shop learns of where its customer is. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { frame, grant } from '../support/js/fake-frame.js';
import { ok, refusal } from '../support/js/fakes.js';
import { HOME } from '../support/js/saved-items.js';
import { signedInElement } from '../support/js/signed-in-element.js';

const CONTACT = 'ama@mail.example';

test('a sign-in by code is told step by step, and a view that is shown again is not', async () => {
  const { element, connect, advance, steps } = frame({ 'request-otp': () => ok({ ask_again_in: 0 }) });
  await connect();
  element.requestCode('nobody');
  await advance(10);
  element.requestCode(CONTACT);
  await advance(10);
  element.resend();
  await advance(10);
  assert.deepEqual(steps, ['contact', 'code']);
  element.changeContact();
  element.requestCode(CONTACT);
  await advance(10);
  element.verifyCode('123456');
  await advance(10);
  assert.deepEqual(steps, ['contact', 'code', 'contact', 'code', 'done']);
});

test('of a list it is told what is shown: the list, a form, the chosen item', async () => {
  const { actions, steps, events, advance } = await signedInElement('address', { addresses: [HOME] });
  actions.pick(HOME.id);
  actions.add();
  actions.cancel();
  actions.use();
  actions.change();
  await advance(0);
  assert.deepEqual(steps, ['list', 'form', 'list', 'done', 'list']);
  assert.equal(JSON.stringify(events).includes(HOME.street_address), false);
});

test('a wallet that cannot be loaded is a step too: the customer can do something about it', async () => {
  const { connect, steps } = frame({ init: () => grant('authenticated', ['otp'], 'cus_1'), data: () => refusal(503, 'STORE_UNAVAILABLE', { 'Retry-After': '60' }) });
  await connect();
  assert.deepEqual(steps, ['list']);
});

test('a step-up is told, and its end too', async () => {
  const { element, actions, steps, code } = await signedInElement('payment', { mobile_money: [] }, {}, ['bootstrap'], ['otp']);
  actions.add();
  element.leaveStepUp();
  actions.add();
  await code();
  assert.deepEqual(steps, ['list', 'contact', 'list', 'contact', 'code', 'form']);
});

test('who goes on without Link is told once, keeps the session, and comes back without a call', async () => {
  const { element, connect, advance, network, types, steps, shown } = frame();
  await connect();
  element.dismiss();
  await advance(0);
  assert.deepEqual([types(), shown.at(-1)], [['initialized', 'height_change', 'dismissed'], 'showStopped dismissed dismissed']);
  element.startAgain();
  await advance(0);
  assert.deepEqual([steps, shown.at(-1), network.sent.length], [['contact', 'contact'], 'showContactForm', 1]);
});

test('who goes on without Link while a code is sent stays there, and can have it sent again', async () => {
  /** @type {(answer: any) => void} */
  let send = () => {};
  const { element, connect, advance, network, shown } = frame({ 'request-otp': () => /** @type {any} */ (new Promise((resolve) => { send = resolve; })) });
  await connect();
  element.requestCode('ama@mail.example');
  await advance(0);
  element.dismiss();
  send(ok({}));
  await advance(0);
  assert.equal(shown.at(-1), 'showStopped dismissed dismissed');
  element.startAgain();
  element.requestCode('ama@mail.example');
  await advance(0);
  assert.equal(network.to('request-otp').length, 2);
});

test('a customer who is signed in comes back to the list', async () => {
  const { element, advance, network, types, steps, shown } = await signedInElement('address', { addresses: [] });
  const calls = network.sent.length;
  element.dismiss();
  element.startAgain();
  await advance(0);
  assert.deepEqual([types().at(-1), steps, shown.at(-1), network.sent.length], ['dismissed', ['list', 'list'], 'showWallet', calls]);
});

test('a session that ended meanwhile is begun anew', async () => {
  const { element, connect, command, answer, posted, types } = frame({ refresh: () => refusal(401, 'SESSION_REVOKED') });
  await connect();
  element.dismiss();
  await command('refresh', 'a');
  element.startAgain();
  await answer();
  assert.deepEqual([posted.length, types().slice(-2)], [2, ['initialized', 'height_change']]);
});
