import assert from 'node:assert/strict';
import test from 'node:test';

import { grant } from '../../support/js/fake-frame.js';
import { ok, refusal } from '../../support/js/fakes.js';
import { NUMBER, TYPED, signedInElement } from '../../support/js/signed-in-element.js';
import { HOME, MTN, TELECEL, WORK, id } from '../../support/js/saved-items.js';

test('a new address is sent as typed, and is picked once it is saved', async () => {
  const saved = { addresses: [HOME] };
  const added = { ...WORK, id: id('adr', 3), label: 'Shop' };
  const { actions, itemList, advance, writes, shown } = await signedInElement('address', saved, { addresses: () => { saved.addresses.push(added); return ok(added); } });
  actions.add();
  assert.equal(itemList.last.form, 'Add an address');
  actions.submit(TYPED);
  await advance(10);
  assert.deepEqual(writes(), [['POST', 'addresses', { label: 'Shop', street_address: '1 High Street', city: 'Accra', region: 'Greater Accra', country: 'GH', delivery_instructions: 'Ring\ntwice' }]]);
  assert.deepEqual([itemList.last.list.pickedId, itemList.last.list.items.length], [added.id, 2]);
  assert.equal(shown.includes('say Saved.'), true);
  assert.equal(itemList.isBusy, false);
});

test('an edit sends the changed fields only, and null for emptied ones; without changes it sends nothing', async () => {
  const { actions, itemList, advance, writes } = await signedInElement('address', undefined, { [HOME.id]: () => ok(HOME) });
  actions.edit(HOME.id);
  assert.deepEqual([itemList.last.form, itemList.last.values.apartment, itemList.last.values.city], ['Edit Home', '', 'Accra']);
  const values = itemList.last.values;
  actions.submit(values);
  assert.equal(itemList.last.focus, `edit ${HOME.id}`);
  actions.edit(HOME.id);
  actions.submit({ ...values, city: 'Tema', phone_for_delivery: '' });
  await advance(10);
  assert.deepEqual(writes(), [['POST', `addresses/${HOME.id}`, { city: 'Tema', phone_for_delivery: null }]]);
});

test('an edit of the city leaves the delivery instructions unchanged', async () => {
  const written = { ...HOME, label: 'My  home', street_address: '12 Ring\nRoad', delivery_instructions: 'Gate 2\r\nring twice\n\n  then wait' };
  const { actions, itemList, advance, writes } = await signedInElement('address', { addresses: [written] }, { [HOME.id]: () => ok(HOME) });
  actions.edit(HOME.id);
  // As the fields of a document give it back.
  actions.submit({ ...itemList.last.values, street_address: '12 RingRoad', delivery_instructions: 'Gate 2\nring twice\n\n  then wait', city: 'Tema' });
  await advance(10);
  assert.deepEqual(writes(), [['POST', `addresses/${HOME.id}`, { city: 'Tema' }]]);
});

test('a delivery number goes out as it was pasted, for the API to clean', async () => {
  for (const pasted of ['\u202a+233 24 123 4567\u202c', 'tel:+233241234567', '\u0660\u0662\u0664\u0661\u0662\u0663\u0664\u0665\u0666\u0667']) {
    const { actions, advance, writes } = await signedInElement('address', undefined, { addresses: () => ok(HOME) });
    actions.add();
    actions.submit({ ...TYPED, phone_for_delivery: pasted });
    await advance(10);
    assert.equal(writes()[0]?.[2].phone_for_delivery, pasted);
  }
});

test('invalid fields are not sent; fields that the API rejects are marked', async () => {
  const { actions, itemList, advance, writes } = await signedInElement('address', undefined, { addresses: () => ({ status: 400, body: { success: false, error: { code: 'VALIDATION_ERROR', details: { fields: ['city'] } } } }) });
  actions.add();
  actions.submit({ ...TYPED, label: ' ', city: '', phone_for_delivery: 'call me' });
  assert.deepEqual(itemList.last.problems, { city: 'Enter the city.', phone_for_delivery: 'Enter a phone number, such as 024 123 4567.' });
  assert.deepEqual(writes(), []);
  actions.submit(TYPED);
  await advance(10);
  assert.deepEqual(itemList.last.problems, { city: 'Type this again, in plain letters and digits.' });
});

test('an address without a name is called by its city, which the shop hears anyway, and by a number where that is taken', async () => {
  const named = async (/** @type {object[]} */ addresses, /** @type {object} */ typed) => {
    const { actions, advance, writes } = await signedInElement('address', { addresses }, { addresses: () => ok(HOME) });
    actions.add();
    actions.submit({ ...TYPED, label: ' ', ...typed });
    await advance(10);
    return writes()[0]?.[2].label;
  };
  const [accra, second] = [{ ...HOME, label: 'Accra' }, { ...WORK, label: 'Accra 2' }];
  assert.deepEqual([await named([], {}), await named([HOME], {}), await named([accra], {}), await named([accra, second], {})], ['Accra', 'Accra', 'Accra 2', 'Accra 3']);
  assert.equal(await named([], { city: '🏝'.repeat(70) }), '🏝'.repeat(56));
});

test('an edit that takes the name away gives the city’s; one that has it already changes nothing, and the shop hears it once', async () => {
  const accra = { ...HOME, label: 'Accra' };
  const { actions, itemList, advance, writes, events } = await signedInElement('address', { addresses: [accra, WORK] }, { [WORK.id]: () => ok(WORK) });
  for (const of of [HOME.id, WORK.id]) {
    actions.edit(of);
    actions.submit({ ...itemList.last.values, label: '' });
    await advance(10);
  }
  assert.deepEqual(writes(), [['POST', `addresses/${WORK.id}`, { label: 'Kumasi' }]]);
  actions.pick(HOME.id);
  actions.use();
  await advance(10);
  assert.equal(events.at(-1).label, 'Accra');
});

test('a wallet is not saved before its provider is chosen, or proposed by its number', async () => {
  const { actions, itemList, writes } = await signedInElement('payment', { mobile_money: [] });
  actions.add();
  actions.submit({ ...NUMBER, provider: '' });
  assert.deepEqual([itemList.last.problems, writes()], [{ provider: 'Choose the provider of this wallet.' }, []]);
});

test('what the API says of a number is told with what to do about it', async () => {
  for (const [reason, advice] of /** @type {const} */ ([['too_short', /Enter all/], ['too_long', /Check its/], ['not_mobile', /Enter another/], ['unknown_country', /Check the/], ['unknown_range', /Check its/], ['country_not_served', /Enter another/], ['constructor', /Type this again/]])) {
    const { actions, itemList, advance } = await signedInElement('payment', { mobile_money: [] }, { 'mobile-money': () => ({ status: 400, body: { success: false, error: { code: 'VALIDATION_ERROR', details: { fields: ['phone_number'], reasons: { phone_number: reason } } } } }) });
    actions.add();
    actions.submit(NUMBER);
    await advance(10);
    assert.match(itemList.last.problems.phone_number, advice);
  }
});

test('the form of a new address begins in the country that was used or saved last', async () => {
  const [early, late] = ['2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z'];
  for (const [other, country] of /** @type {const} */ ([[{ created_at: early, last_used_at: late }, 'CI'], [{ created_at: late, last_used_at: null }, 'CI'], [{ created_at: early, last_used_at: null }, 'GH']])) {
    const { actions, itemList } = await signedInElement('address', { addresses: [{ ...HOME, created_at: early, last_used_at: '2026-01-15T00:00:00Z' }, { ...WORK, country: 'CI', ...other }] });
    actions.add();
    assert.deepEqual(itemList.last.values, { country });
  }
  const { actions, itemList } = await signedInElement('address', { addresses: [] });
  actions.add();
  assert.deepEqual(itemList.last.values, { country: '' }); // the shop's stands first
});

test('picking another item cancels the confirmation of a removal, and keeps the focus', async () => {
  const { actions, itemList } = await signedInElement();
  actions.askRemove(HOME.id);
  actions.pick(WORK.id);
  assert.deepEqual([itemList.last.list.removingId, itemList.last.list.pickedId, itemList.last.focus], [null, WORK.id, `pick ${WORK.id}`]);
});

test('a late answer does not undo a newer pick', async () => {
  const { actions, itemList, advance } = await signedInElement('address', undefined, { default: () => ok(WORK) });
  actions.promote(WORK.id);
  actions.pick(HOME.id);
  await advance(10);
  assert.equal(itemList.last.list.pickedId, HOME.id);
  actions.pick(WORK.id);
  actions.promote(WORK.id);
  await advance(10);
  assert.equal(itemList.last.list.pickedId, WORK.id);
});

test('make default and remove: one call each, a removal only after confirmation', async () => {
  const { actions, itemList, advance, writes } = await signedInElement('address', undefined, { default: () => ok(WORK), [WORK.id]: () => ok({}) });
  actions.promote(WORK.id);
  await advance(10);
  actions.askRemove(WORK.id);
  assert.deepEqual([itemList.last.list.removingId, itemList.last.focus], [WORK.id, `keep ${WORK.id}`]);
  actions.keep();
  assert.deepEqual([itemList.last.list.removingId, itemList.last.focus], [null, `remove ${WORK.id}`]);
  actions.askRemove(WORK.id);
  actions.remove(WORK.id);
  await advance(10);
  assert.deepEqual(writes(), [['POST', `addresses/${WORK.id}/default`, {}], ['DELETE', `addresses/${WORK.id}`, null]]);
});

test('an error is shown at its item, in words', async () => {
  for (const [reply, words] of /** @type {const} */ ([
    [refusal(422, 'VERIFICATION_FAILED'), /knows no wallet Telecel •• 2223/], [refusal(503, 'PROVIDER_UNAVAILABLE', { 'Retry-After': '30' }), /cannot be verified right now.*in 30 seconds/],
    [refusal(429, 'RATE_LIMITED', { 'Retry-After': '61' }), /in 2 minutes/], [refusal(500, 'INTERNAL'), /^Something went wrong/],
  ])) {
    const { actions, itemList, advance } = await signedInElement('payment', { mobile_money: [MTN, TELECEL] }, { verify: () => reply });
    actions.verify(TELECEL.id);
    await advance(5_000);
    assert.equal(itemList.last.list.problem.id, TELECEL.id);
    assert.match(itemList.last.list.problem.text, words);
    assert.equal(itemList.isBusy, false);
  }
});

test('an item that was removed elsewhere is reported as gone', async () => {
  const saved = { addresses: [HOME, WORK] };
  const { actions, itemList, advance } = await signedInElement('address', saved, { default: () => refusal(404, 'NOT_FOUND') });
  saved.addresses = [HOME];
  actions.promote(WORK.id);
  await advance(10);
  assert.deepEqual([itemList.last.list.items.length, itemList.last.list.problem.text], [1, 'That address is no longer saved.']);
  assert.equal(itemList.last.focus, `pick ${HOME.id}`);
});

test('a duplicate wallet, or one above the limit, is reported', async () => {
  for (const [details, words] of /** @type {const} */ ([[{}, /saved this wallet already/], [{ limit: 20 }, /save 20 wallets/]])) {
    const { actions, itemList, advance, writes } = await signedInElement('payment', { mobile_money: [MTN] }, { 'mobile-money': () => ({ status: 409, body: { success: false, error: { code: 'CONFLICT', details } } }) });
    actions.add();
    actions.submit(NUMBER);
    await advance(10);
    assert.match(itemList.last.general, words);
    assert.deepEqual(writes(), [['POST', 'mobile-money', { provider: 'telecel', phone_number: '+233201112223' }]]);
  }
});

test('a login by the shop needs a code before a wallet changes; the change is then carried out', async () => {
  for (const [begin, path] of /** @type {const} */ ([['verify', 'verify'], ['promote', 'default']])) {
    const { actions, shown, writes, code, types } = await signedInElement('payment', { mobile_money: [MTN, TELECEL] }, { [path]: () => ok(TELECEL) }, ['bootstrap'], ['otp']);
    actions[begin](TELECEL.id);
    assert.match(shown.at(-2) ?? '', /^showStepUp This shop signed you in/);
    assert.match(shown.at(-1) ?? '', /^showContactForm/);
    assert.deepEqual(writes(), []);
    await code();
    assert.deepEqual(writes(), [['POST', `mobile-money/${TELECEL.id}/${path}`, {}]]);
    assert.equal(shown.filter((call) => call === 'showWallet').length, 1);
    assert.equal(types().filter((type) => type === 'authenticated').length, 1);
  }
});

test('a choice needs no code, and no use is tracked that the API would reject', async () => {
  const { actions, events, advance, writes } = await signedInElement('payment', { mobile_money: [MTN] }, {}, ['bootstrap']);
  actions.use();
  await advance(10);
  assert.equal(events.at(-1).type, 'selected');
  assert.deepEqual(writes(), []);
});

test('a code of another customer does not carry out the first one’s change', async () => {
  const { actions, itemList, network, writes, code, types, shown } = await signedInElement('payment', { mobile_money: [MTN, TELECEL] }, { 'verify-otp': () => grant('authenticated', ['otp'], 'cus_2') }, ['bootstrap']);
  actions.askRemove(TELECEL.id);
  await code('kofi@mail.example');
  assert.deepEqual(writes(), []);
  assert.equal(itemList.last.list.removingId, null);
  assert.equal(network.to('data').length, 2);
  assert.equal(shown.includes('showAuthenticated k•••@mail.example'), true);
  assert.equal(types().filter((type) => type === 'authenticated').length, 2);
});

test('a customer who cancels the code returns to the list, and nothing was changed', async () => {
  const { element, actions, shown, writes, code } = await signedInElement('payment', { mobile_money: [MTN] }, {}, ['bootstrap']);
  actions.add();
  element.requestCode('ama@mail.example');
  element.leaveStepUp();
  assert.equal(shown.includes('showWallet'), false, 'an answer is awaited');
  await code();
  actions.cancel();
  const other = await signedInElement('payment', { mobile_money: [MTN] }, {}, ['bootstrap']);
  other.actions.add();
  other.element.leaveStepUp();
  assert.equal(other.shown.at(-1), 'showWallet');
  await other.code();
  assert.deepEqual([...writes(), ...other.writes()], []);
});

test('a code sent before the cancellation can be typed when the change is begun again', async () => {
  const { element, actions, network, advance, shown, writes } = await signedInElement('payment', { mobile_money: [MTN, TELECEL] }, { default: () => ok(TELECEL) }, ['bootstrap'], ['otp']);
  for (const begun of [1, 2]) {
    actions.promote(TELECEL.id);
    element.requestCode('ama@mail.example');
    await advance(10);
    assert.deepEqual([network.to('request-otp').length, shown.filter((call) => call.startsWith('showCodeForm')).length], [1, begun]);
    if (begun === 1) element.leaveStepUp();
  }
  element.verifyCode('123456');
  await advance(10);
  assert.equal(writes().length, 1);
});

test('when the API demands a code, it is asked for, and the form’s change is then carried out', async () => {
  let isAsking = true;
  const missing = () => ({ status: 403, body: { success: false, error: { code: 'INSUFFICIENT_SCOPE', details: { missing: 'amr' } } } });
  const { actions, itemList, shown, writes, advance, code } = await signedInElement('payment', { mobile_money: [MTN] }, { 'mobile-money': () => (isAsking ? missing() : ok(TELECEL)) });
  actions.add();
  actions.submit(NUMBER);
  await advance(10);
  await code();
  isAsking = false;
  assert.equal(shown.some((call) => call.startsWith('showStepUp')), true);
  await code();
  assert.equal(writes().length, 3);
  assert.equal(itemList.last.list.items.length, 1);
});
