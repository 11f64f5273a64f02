import assert from 'node:assert/strict';
import test from 'node:test';

import * as address from '../../../static/frame/elements/address.js';
import * as payment from '../../../static/frame/elements/payment.js';
import { MASKED, frame, grant, wallet } from '../../support/js/fake-frame.js';
import { ok, refusal } from '../../support/js/fakes.js';
import { HOME, MTN, TELECEL, WORK, id } from '../../support/js/saved-items.js';

/** @typedef {import('../../support/js/fake-frame.js').Answers} Answers */

/** Connect an element that is signed in, by a code unless `amr` says otherwise. @param {'address' | 'payment' | 'auth'} element @param {object} saved @param {Answers} [answers] */
async function signedIn(element, saved, answers = {}, amr = ['otp']) {
  const all = { init: () => grant('authenticated', amr), data: () => ok(wallet(saved)), ...answers };
  const made = frame(all, { embedding: { element } });
  await made.connect();
  return made;
}

test('the wallet is loaded once after sign-in, with a proof, and its owner is shown', async () => {
  for (const [element, saved, titles] of /** @type {const} */ ([['address', { addresses: [WORK, HOME] }, ['Home', 'Work']], ['payment', { mobile_money: [MTN, TELECEL] }, ['MTN •• 4567', 'Telecel •• 2223']]])) {
    const { network, itemList, shown } = await signedIn(element, saved);
    const [asked] = network.to('data');
    assert.equal(network.to('data').length, 1);
    assert.deepEqual([asked?.url, asked?.request.method, asked?.request.body, asked?.headers['Content-Type']], ['/v1/link/data', 'GET', undefined, undefined]);
    assert.match(asked?.headers.Authorization ?? '', /^DPoP access-/);
    assert.deepEqual(itemList.last.list.items.map((/** @type {any} */ { title }) => title), titles);
    assert.equal(itemList.last.list.pickedId, itemList.last.list.items[0].id);
    assert.equal(shown.at(-1), `showWalletOf ${MASKED}`);
  }
});

test('the auth element shows the owner and has no list of items', async () => {
  const { shown, itemList } = await signedIn('auth', { addresses: [HOME] });
  assert.equal(shown.at(-1), `showWalletOf ${MASKED}`);
  assert.deepEqual(itemList.shown, []);
});

test('a guest sends no request to the Link API', async () => {
  const { network, connect } = frame({}, { embedding: { element: 'payment' } });
  await connect();
  assert.deepEqual(network.to('data'), []);
});

test('the shop learns of a choice when the customer confirms it, with a masked label, and the use is tracked', async () => {
  const { itemList, events, network, advance } = await signedIn('address', { addresses: [HOME, WORK] }, { 'track-usage': () => 'lost' });
  itemList.actions.pick(WORK.id);
  await advance(10);
  assert.deepEqual(events.filter(({ type }) => type === 'selected'), []);
  itemList.actions.use();
  await advance(10);
  assert.deepEqual(events.at(-1), { ns: 'cimplify.link', v: 1, type: 'selected', element: 'address', id: WORK.id, label: 'Work, Kumasi' });
  assert.equal(itemList.last.chosen.title, 'Work');
  assert.deepEqual(network.to('track-usage').map(({ url }) => url), [`/v1/link/addresses/${WORK.id}/track-usage`]);
  itemList.actions.change();
  assert.equal(itemList.last.list.pickedId, WORK.id);
});

test('words promise no more than happens: a choice, which pays and delivers nothing', async () => {
  for (const [element, saved, use, said] of /** @type {const} */ ([['address', { addresses: [HOME] }, 'Use this address', 'say Chosen address: Home.'], ['payment', { mobile_money: [MTN] }, 'Use this wallet', 'say Chosen wallet: MTN •• 4567.']])) {
    const { itemList, shown } = await signedIn(element, saved);
    itemList.actions.use();
    assert.equal(shown.includes(said), true, shown.join());
    assert.equal((element === 'address' ? address : payment).KIND.texts.use, use);
  }
});

test('an only item bears no badge of the default', async () => {
  for (const [element, list, first, other] of /** @type {const} */ ([['address', 'addresses', HOME, WORK], ['payment', 'mobile_money', { ...MTN, is_verified: false }, TELECEL]])) {
    for (const [saved, badges] of /** @type {[any[], string[]][]} */ ([[[first], []], [[first, other], ['Default']]])) {
      const { itemList } = await signedIn(element, { [list]: saved });
      assert.deepEqual(itemList.last.list.items[0].badges, badges);
    }
  }
});

test('the label of a wallet is its provider and its last digits', async () => {
  const { itemList, events, advance } = await signedIn('payment', { mobile_money: [MTN] });
  itemList.actions.use();
  await advance(0);
  assert.deepEqual([events.at(-1).id, events.at(-1).label], [MTN.id, 'MTN •• 4567']);
});

test('a provider is shown by its name of today, whichever name or short code the API answers', async () => {
  for (const [provider, name] of [['telecel', 'Telecel'], ['vodafone', 'Telecel'], ['vod', 'Telecel'], ['airteltigo', 'AirtelTigo'], ['airtel', 'AirtelTigo'], ['atl', 'AirtelTigo'], ['mpesa', 'M-Pesa'], ['constructor', 'Wallet']]) {
    const { itemList } = await signedIn('payment', { mobile_money: [{ ...MTN, provider }] });
    assert.equal(itemList.last.list.items[0].title, `${name} •• 4567`);
  }
});

test('what verifying does is said of a wallet that is not verified yet, and of no other item', async () => {
  const unknown = { ...TELECEL, id: id('momo', 3), provider: 'new' };
  const { itemList } = await signedIn('payment', { mobile_money: [MTN, TELECEL, unknown] });
  const asks = (/** @type {string} */ name) => `Asks ${name} if this number has a wallet; no money moves.`;
  assert.deepEqual(itemList.last.list.items.map((/** @type {any} */ { verifying }) => verifying), ['', asks('Telecel'), asks('the provider')]);
  assert.equal((await signedIn('address', { addresses: [HOME] })).itemList.last.list.items[0].verifying, '');
});

test('wallets with equal last digits show their first digits too, in the frame only', async () => {
  const other = { ...MTN, id: id('momo', 3), phone_number: '+233551234567', is_default: false };
  const { itemList, events, advance } = await signedIn('payment', { mobile_money: [MTN, other, TELECEL] });
  assert.deepEqual(itemList.last.list.items.map((/** @type {any} */ { title }) => title), ['MTN +23324 •• 4567', 'MTN +23355 •• 4567', 'Telecel •• 2223']);
  itemList.actions.use();
  await advance(0);
  assert.equal(events.at(-1).label, 'MTN •• 4567');
});

test('what a customer writes into a label reaches the shop only where it is no contact', async () => {
  for (const [label, city, told] of /** @type {const} */ ([
    ['Call 024 123 4567', 'Accra', 'Accra'], ['ama@mail.example', '0241234567', 'Saved address'], ['Flat 12', 'Accra', 'Flat 12, Accra'],
    [`lnk_${'a'.repeat(20)}`, 'Accra', 'Accra'], ['x'.repeat(58), 'y', `${'x'.repeat(58)}…`], ['x'.repeat(57), 'y', `${'x'.repeat(57)}, y`], ['x'.repeat(30), 'y'.repeat(120), `${'x'.repeat(30)}, ${'y'.repeat(27)}…`],
    ['\u{1f3e0}'.repeat(30), 'Accra', `${'\u{1f3e0}'.repeat(29)}…`], [`${'x'.repeat(58)}\u{1f3e0}`, 'Accra', `${'x'.repeat(58)}…`], ['0 2 4 1 2', 'Accra', 'Accra'],
    ...['024/765/4321', '０２４７６５４３２１', '024–765–4321', '٠٢٤٧٦٥٤٣٢١', '024 or 765 or 4321', 'efua @ example.com', 'efua＠example'].map((written) => /** @type {const} */ ([written, 'Accra', 'Accra'])),
  ])) {
    const { itemList, events, advance } = await signedIn('address', { addresses: [{ ...HOME, label, city }] });
    itemList.actions.use();
    await advance(0);
    assert.equal(events.at(-1).label, told);
    assert(told.length <= 60);
  }
});

test('a failed load is reported and can be retried; when the network returns it is retried automatically', async () => {
  let isUp = false;
  const { shown, element, itemList, advance } = await signedIn('address', {}, { data: () => (isUp ? ok(wallet({ addresses: [HOME] })) : refusal(503, 'STORE_UNAVAILABLE')) });
  await advance(10_000);
  assert.match(shown.at(-1) ?? '', /^showWalletUnreachable We cannot load your addresses right now\./);
  element.retry();
  await advance(10_000);
  assert.match(shown.at(-1) ?? '', /^showWalletUnreachable/);
  isUp = true;
  element.wake(true);
  await advance(10);
  assert.equal(itemList.last.list.items.length, 1);
  element.wake(true);
  await advance(10);
  assert.equal(shown.at(-1), `showWalletOf ${MASKED}`);
});

test('a wallet that cannot be loaded is not asked for sooner than the service allows, unless by the customer', async () => {
  const { network, shown, element, advance } = await signedIn('address', {}, { data: () => refusal(503, 'STORE_UNAVAILABLE', { 'Retry-After': '600' }), 'v1.js': () => ({ status: 200 }) });
  const calls = network.to('data').length;
  assert.match(shown.at(-1) ?? '', /^showWalletUnreachable We cannot load your addresses right now\. Try again in 10 minutes\. You can fill in the shop’s form instead\.$/);
  for (const isOnline of [true, false]) element.wake(isOnline);
  await advance(599_000);
  assert.equal(network.to('data').length, calls);
  await advance(155_000);
  assert.equal(network.to('data').length > calls, true);
  const automatic = network.to('data').length;
  element.retry();
  await advance(10);
  assert.equal(network.to('data').length > automatic, true);
});

test('a wallet that was asked for too often is not asked for before the customer says so', async () => {
  const { network, shown, advance } = await signedIn('payment', {}, { data: () => refusal(429, 'RATE_LIMITED', { 'Retry-After': '60' }) });
  const calls = network.to('data').length;
  await advance(3 * 60_000);
  assert.equal(network.to('data').length, calls);
  assert.match(shown.at(-1) ?? '', /^showWalletUnreachable /);
});

test('a list whose code was lost in a dead zone is there once the service answers', async () => {
  let isUp = false;
  const { shown, itemList, advance } = await signedIn('address', { addresses: [HOME] }, { data: () => (isUp ? ok(wallet({ addresses: [HOME] })) : 'lost'), 'v1.js': () => (isUp ? { status: 200 } : 'lost') });
  await advance(120_000);
  assert.match(shown.at(-1) ?? '', /^showWalletUnreachable/);
  const before = shown.length;
  await advance(60_000);
  assert.equal(shown.length, before);
  isUp = true;
  await advance(76_000);
  assert.equal(itemList.last.list.items.length, 1);
  assert.equal(shown.at(-1), `showWalletOf ${MASKED}`);
});

test('a token that expired in transit is refreshed once, and the call repeated', async () => {
  let calls = 0;
  const { network, itemList, advance } = await signedIn('address', {}, { data: () => ((calls += 1) === 1 ? refusal(401, 'TOKEN_EXPIRED') : ok(wallet({ addresses: [HOME] }))), refresh: () => grant('authenticated', ['otp']) });
  await advance(10);
  assert.deepEqual([network.to('data').length, network.to('refresh').length, itemList.last.list.items.length], [2, 1, 1]);
});

test('the end of the session ends the element and clears the customer’s data', async () => {
  const { itemList, shown, types, advance } = await signedIn('address', { addresses: [HOME] }, { default: () => refusal(401, 'SESSION_REVOKED'), addresses: () => refusal(401, 'SESSION_REVOKED') });
  itemList.actions.add();
  itemList.actions.submit({ label: 'New', street_address: '1 Road', city: 'Accra', region: 'Accra', country: 'GH' });
  await advance(10);
  assert.equal(types().at(-1), 'error session_revoked');
  assert.equal(shown.at(-1), 'showStopped ended session_revoked');
  assert.deepEqual([itemList.last, itemList.isBusy], [{}, false]); // whoever signs in next has buttons that work
});

test('an answer of another shape is not shown as a wallet', async () => {
  for (const data of [null, {}, { customer: {} }, { customer: { contact_masked: 7 } }]) {
    const { shown, advance } = await signedIn('auth', {}, { data: () => ok(data) });
    await advance(5_000);
    assert.match(shown.at(-1) ?? '', /^showWalletUnreachable/);
  }
  const { itemList } = await signedIn('address', { addresses: [null, 7, { id: 'x' }, { id: id('momo', 1) }, HOME] });
  assert.deepEqual(itemList.last.list.items.map((/** @type {any} */ item) => item.id), [HOME.id]);
});

test('the end is shown before the focused list is removed', async () => {
  const { element, shown, itemList, advance } = await signedIn('address', { addresses: [HOME] });
  let shownBefore = '';
  itemList.clear = () => { shownBefore = shown.at(-1) ?? ''; };
  element.signOut();
  await advance(10);
  assert.equal(shownBefore, 'showStopped ended signed_out');
});

test('a sign-out by the customer or the shop clears the customer’s data', async () => {
  const { itemList, command } = await signedIn('address', { addresses: [HOME] });
  await command('logout', 'a');
  assert.deepEqual(itemList.last, {});
});
