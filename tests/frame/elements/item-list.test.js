import assert from 'node:assert/strict';
import test from 'node:test';

import { grant } from '../../support/js/fake-frame.js';
import { ok, refusal } from '../../support/js/fakes.js';
import { NUMBER, TYPED, opened } from '../../support/js/opened.js';
import { HOME, MTN, TELECEL, WORK, id } from '../../support/js/saved.js';

test('a new address is what was typed, and is picked once it is saved', async () => {
  const saved = { addresses: [HOME] };
  const added = { ...WORK, id: id('adr', 3), label: 'Shop' };
  const { act, itemList, pass, wrote, shown } = await opened('address', saved, { addresses: () => { saved.addresses.push(added); return ok(added); } });
  act.add();
  assert.equal(itemList.last.form, 'Add an address');
  act.submit(TYPED);
  await pass(10);
  assert.deepEqual(wrote(), [['POST', 'addresses', { label: 'Shop', street_address: '1 High Street', city: 'Accra', region: 'Greater Accra', country: 'GH', delivery_instructions: 'Ring\ntwice' }]]);
  assert.deepEqual([itemList.last.list.pickedId, itemList.last.list.items.length], [added.id, 2]);
  assert.equal(shown.includes('say Saved.'), true);
  assert.equal(itemList.isBusy, false);
});

test('an edit says what changed alone, and clears what was emptied; nothing changed is nothing sent', async () => {
  const { act, itemList, pass, wrote } = await opened('address', undefined, { [HOME.id]: () => ok(HOME) });
  act.edit(HOME.id);
  assert.deepEqual([itemList.last.form, itemList.last.values.apartment, itemList.last.values.city], ['Edit Home', '', 'Accra']);
  const values = itemList.last.values;
  act.submit(values);
  assert.equal(itemList.last.focus, `edit ${HOME.id}`);
  act.edit(HOME.id);
  act.submit({ ...values, city: 'Tema', phone_for_delivery: '' });
  await pass(10);
  assert.deepEqual(wrote(), [['POST', `addresses/${HOME.id}`, { city: 'Tema', phone_for_delivery: null }]]);
});

test('an edit of the city leaves the courier’s instructions as they were written', async () => {
  const written = { ...HOME, label: 'My  home', street_address: '12 Ring\nRoad', delivery_instructions: 'Gate 2\r\nring twice\n\n  then wait' };
  const { act, itemList, pass, wrote } = await opened('address', { addresses: [written] }, { [HOME.id]: () => ok(HOME) });
  act.edit(HOME.id);
  // As the fields of a document give it back.
  act.submit({ ...itemList.last.values, street_address: '12 RingRoad', delivery_instructions: 'Gate 2\nring twice\n\n  then wait', city: 'Tema' });
  await pass(10);
  assert.deepEqual(wrote(), [['POST', `addresses/${HOME.id}`, { city: 'Tema' }]]);
});

test('what cannot be right is not sent; what the API refuses is marked in its field', async () => {
  const { act, itemList, pass, wrote } = await opened('address', undefined, { addresses: () => ({ status: 400, body: { success: false, error: { code: 'VALIDATION_ERROR', details: { fields: ['city'] } } } }) });
  act.add();
  act.submit({ ...TYPED, label: ' ', city: '', phone_for_delivery: 'call me' });
  assert.deepEqual(Object.keys(itemList.last.problems), ['label', 'city', 'phone_for_delivery']);
  assert.deepEqual(wrote(), []);
  act.submit(TYPED);
  await pass(10);
  assert.deepEqual(Object.keys(itemList.last.problems), ['city']);
});

test('a pick ends the question whether to remove, and keeps the focus', async () => {
  const { act, itemList } = await opened();
  act.askRemove(HOME.id);
  act.pick(WORK.id);
  assert.deepEqual([itemList.last.list.removingId, itemList.last.list.pickedId, itemList.last.focus], [null, WORK.id, `pick ${WORK.id}`]);
});

test('a late answer does not undo a newer pick', async () => {
  const { act, itemList, pass } = await opened('address', undefined, { default: () => ok(WORK) });
  act.promote(WORK.id);
  act.pick(HOME.id);
  await pass(10);
  assert.equal(itemList.last.list.pickedId, HOME.id);
  act.pick(WORK.id);
  act.promote(WORK.id);
  await pass(10);
  assert.equal(itemList.last.list.pickedId, WORK.id);
});

test('promoting and removing: one call each, removing only when asked twice', async () => {
  const { act, itemList, pass, wrote } = await opened('address', undefined, { default: () => ok(WORK), [WORK.id]: () => ok({}) });
  act.promote(WORK.id);
  await pass(10);
  act.askRemove(WORK.id);
  assert.deepEqual([itemList.last.list.removingId, itemList.last.focus], [WORK.id, `keep ${WORK.id}`]);
  act.keep();
  assert.deepEqual([itemList.last.list.removingId, itemList.last.focus], [null, `remove ${WORK.id}`]);
  act.askRemove(WORK.id);
  act.remove(WORK.id);
  await pass(10);
  assert.deepEqual(wrote(), [['POST', `addresses/${WORK.id}/default`, {}], ['DELETE', `addresses/${WORK.id}`, null]]);
});

test('a refusal is told where it belongs, in words', async () => {
  for (const [reply, words] of /** @type {const} */ ([
    [refusal(422, 'VERIFICATION_FAILED'), /knows no wallet Telecel •• 2223/], [refusal(503, 'PROVIDER_UNAVAILABLE', { 'Retry-After': '30' }), /cannot be verified right now.*in 30 seconds/],
    [refusal(429, 'RATE_LIMITED', { 'Retry-After': '61' }), /in 2 minutes/], [refusal(500, 'INTERNAL'), /^Something went wrong/],
  ])) {
    const { act, itemList, pass } = await opened('payment', { mobile_money: [MTN, TELECEL] }, { verify: () => reply });
    act.verify(TELECEL.id);
    await pass(5_000);
    assert.equal(itemList.last.list.problem.id, TELECEL.id);
    assert.match(itemList.last.list.problem.text, words);
    assert.equal(itemList.isBusy, false);
  }
});

test('what was removed elsewhere is shown to be gone', async () => {
  const saved = { addresses: [HOME, WORK] };
  const { act, itemList, pass } = await opened('address', saved, { default: () => refusal(404, 'NOT_FOUND') });
  saved.addresses = [HOME];
  act.promote(WORK.id);
  await pass(10);
  assert.deepEqual([itemList.last.list.items.length, itemList.last.list.problem.text], [1, 'That address is no longer saved.']);
  assert.equal(itemList.last.focus, `pick ${HOME.id}`);
});

test('a wallet that is saved already, or one too many, is told so', async () => {
  for (const [details, words] of /** @type {const} */ ([[{}, /saved this wallet already/], [{ limit: 20 }, /save 20 wallets/]])) {
    const { act, itemList, pass, wrote } = await opened('payment', { mobile_money: [MTN] }, { 'mobile-money': () => ({ status: 409, body: { error: { code: 'CONFLICT', details } } }) });
    act.add();
    act.submit(NUMBER);
    await pass(10);
    assert.match(itemList.last.general, words);
    assert.deepEqual(wrote(), [['POST', 'mobile-money', { provider: 'vod', phone_number: '020 111 2223' }]]);
  }
});

test('a login that the shop handed over is asked for a code before a wallet changes, and then goes on', async () => {
  for (const [begin, path] of /** @type {const} */ ([['verify', 'verify'], ['promote', 'default']])) {
    const { act, shown, wrote, code, types } = await opened('payment', { mobile_money: [MTN, TELECEL] }, { [path]: () => ok(TELECEL) }, ['bootstrap'], ['otp']);
    act[begin](TELECEL.id);
    assert.match(shown.at(-2) ?? '', /^showStepUp This shop signed you in/);
    assert.match(shown.at(-1) ?? '', /^showContactForm/);
    assert.deepEqual(wrote(), []);
    await code();
    assert.deepEqual(wrote(), [['POST', `mobile-money/${TELECEL.id}/${path}`, {}]]);
    assert.equal(shown.filter((call) => call === 'showWallet').length, 1);
    assert.equal(types().filter((type) => type === 'authenticated').length, 1);
  }
});

test('choosing takes no code, and no use is noted that would be refused', async () => {
  const { act, events, pass, wrote } = await opened('payment', { mobile_money: [MTN] }, {}, ['bootstrap']);
  act.use();
  await pass(10);
  assert.equal(events.at(-1).type, 'selected');
  assert.deepEqual(wrote(), []);
});

test('another customer’s code does not do what the first one began', async () => {
  const { act, itemList, network, wrote, code, types, shown } = await opened('payment', { mobile_money: [MTN, TELECEL] }, { 'verify-otp': () => grant('authenticated', ['otp'], 'cus_2') }, ['bootstrap']);
  act.askRemove(TELECEL.id);
  await code('kofi@mail.example');
  assert.deepEqual(wrote(), []);
  assert.equal(itemList.last.list.removingId, null);
  assert.equal(network.to('data').length, 2);
  assert.equal(shown.includes('showAuthenticated k•••@mail.example'), true);
  assert.equal(types().filter((type) => type === 'authenticated').length, 2);
});

test('who gives the code up is back where they were, and nothing was done', async () => {
  const { element, act, shown, wrote, code } = await opened('payment', { mobile_money: [MTN] }, {}, ['bootstrap']);
  act.add();
  element.requestCode('ama@mail.example');
  element.leaveStepUp();
  assert.equal(shown.includes('showWallet'), false, 'an answer is awaited');
  await code();
  act.cancel();
  const other = await opened('payment', { mobile_money: [MTN] }, {}, ['bootstrap']);
  other.act.add();
  other.element.leaveStepUp();
  assert.equal(other.shown.at(-1), 'showWallet');
  await other.code();
  assert.deepEqual([...wrote(), ...other.wrote()], []);
});

test('a code that was sent before they gave it up can be typed when they begin again', async () => {
  const { element, act, network, pass, shown, wrote } = await opened('payment', { mobile_money: [MTN, TELECEL] }, { default: () => ok(TELECEL) }, ['bootstrap'], ['otp']);
  for (const begun of [1, 2]) {
    act.promote(TELECEL.id);
    element.requestCode('ama@mail.example');
    await pass(10);
    assert.deepEqual([network.to('request-otp').length, shown.filter((call) => call.startsWith('showCodeForm')).length], [1, begun]);
    if (begun === 1) element.leaveStepUp();
  }
  element.verifyCode('123456');
  await pass(10);
  assert.equal(wrote().length, 1);
});

test('where the API itself misses a code it is asked for, and the form’s wish goes on', async () => {
  let isAsking = true;
  const missing = () => ({ status: 403, body: { error: { code: 'INSUFFICIENT_SCOPE', details: { missing: 'amr' } } } });
  const { act, itemList, shown, wrote, code } = await opened('payment', { mobile_money: [MTN] }, { 'mobile-money': () => (isAsking ? missing() : ok(TELECEL)) });
  act.add();
  act.submit(NUMBER);
  await code();
  isAsking = false;
  assert.equal(shown.some((call) => call.startsWith('showStepUp')), true);
  await code();
  assert.equal(wrote().length, 3);
  assert.equal(itemList.last.list.items.length, 1);
});
