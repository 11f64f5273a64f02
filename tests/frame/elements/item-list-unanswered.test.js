import assert from 'node:assert/strict';
import test from 'node:test';

import { wallet } from '../../support/js/fake-frame.js';
import { ok, refusal } from '../../support/js/fakes.js';
import { TYPED, signedInElement } from '../../support/js/signed-in-element.js';
import { HOME, WORK } from '../../support/js/saved-items.js';

test('a retry after a lost answer has the same idempotency key, also when the customer retries', async () => {
  let lost = 4;
  const { actions, itemList, advance, keys } = await signedInElement('address', undefined, { addresses: () => (lost-- > 0 ? 'lost' : ok(WORK)) });
  actions.add();
  actions.submit(TYPED);
  actions.submit(TYPED);
  await advance(5_000);
  assert.equal(keys().length, 3);
  assert.match(itemList.last.general, /^We cannot reach Link.*may have been saved all the same/);
  actions.submit(TYPED);
  await advance(5_000);
  assert.deepEqual([keys().length, new Set(keys()).size], [5, 1]);
  actions.add();
  actions.submit(TYPED);
  await advance(10);
  assert.equal(new Set(keys()).size, 2);
});

test('a request without an answer gets a new key once another write to the collection was answered', async () => {
  let isLost = true;
  const { actions, itemList, advance, keys } = await signedInElement('address', undefined, { default: () => (isLost ? 'lost' : ok(HOME)), [HOME.id]: () => (isLost ? 'lost' : ok(HOME)) });
  const edit = async (/** @type {string} */ city) => {
    actions.cancel();
    await advance(10);
    actions.edit(HOME.id);
    actions.submit({ ...itemList.last.values, city });
    await advance(5_000);
  };
  await edit('Tema');
  isLost = false;
  await edit('Kumasi');
  await edit('Tema');
  assert.deepEqual([keys().length, new Set(keys()).size, keys().indexOf(keys().at(-1))], [5, 3, 4]);
});

test('after a save without an answer the list is reloaded before it is shown', async () => {
  const saved = { addresses: [HOME] };
  const { actions, itemList, advance, network } = await signedInElement('address', saved, { addresses: () => { saved.addresses = [HOME, WORK]; return 'lost'; } });
  actions.add();
  actions.submit(TYPED);
  await advance(5_000);
  actions.cancel();
  await advance(10);
  assert.deepEqual([network.to('data').length, itemList.last.list.items.length, itemList.isBusy], [2, 2, false]);
  actions.add();
  actions.cancel();
  await advance(10);
  assert.equal(network.to('data').length, 2);
});

test('after a removal without an answer the list that came since says whether it succeeded', async () => {
  for (const isDone of [true, false]) {
    const saved = { addresses: [HOME, WORK] };
    const { actions, itemList, advance, shown } = await signedInElement('address', saved, { [WORK.id]: () => { if (isDone) saved.addresses = [HOME]; return 'lost'; } });
    actions.pick(WORK.id);
    actions.askRemove(WORK.id);
    actions.remove(WORK.id);
    await advance(5_000);
    const { items, removingId, problem } = itemList.last.list;
    assert.deepEqual([items.length, removingId], [isDone ? 1 : 2, null]);
    assert.deepEqual(problem, isDone ? null : { id: WORK.id, text: 'Work was not removed. Check your connection and try again.' });
    assert.equal(shown.includes('say Work was removed.'), isDone);
  }
});

test('what no list says may have been done all the same', async () => {
  let isUp = true;
  const { actions, itemList, advance } = await signedInElement('address', undefined, { [WORK.id]: () => { isUp = false; return 'lost'; }, data: () => (isUp ? ok(wallet({ addresses: [HOME, WORK] })) : refusal(500, 'INTERNAL')) });
  actions.askRemove(WORK.id);
  actions.remove(WORK.id);
  await advance(20_000);
  assert.match(itemList.last.list.problem.text, /may have been done all the same\.$/);
});

test('a save is reported even though the list cannot be reloaded', async () => {
  let isUp = true;
  const { actions, advance, shown } = await signedInElement('address', undefined, { addresses: () => { isUp = false; return ok(WORK); }, data: () => (isUp ? ok(wallet({ addresses: [HOME] })) : refusal(500, 'INTERNAL')) });
  actions.add();
  actions.submit(TYPED);
  assert.equal(shown.at(-1), 'say Saving…');
  await advance(5_000);
  assert.match(shown.at(-1) ?? '', /^showWalletUnreachable Saved\. We cannot load your addresses right now/);
});

test('a request that a sign-out aborts is not reported as a failure', async () => {
  const { element, actions, itemList, advance } = await signedInElement('address', undefined, { addresses: () => 'silent', logout: () => refusal(503, 'X') });
  actions.add();
  actions.submit(TYPED);
  await advance(10);
  const { length } = itemList.shown;
  element.signOut();
  await advance(5_000);
  assert.deepEqual([itemList.shown.slice(length), itemList.isBusy], [[], false]);
});

test('a request that differs from the unanswered one has a new key', async () => {
  const { actions, advance, keys } = await signedInElement('address', undefined, { addresses: () => 'lost' });
  actions.add();
  for (const label of ['Shop', 'Other']) {
    actions.submit({ ...TYPED, label });
    await advance(5_000);
  }
  assert.deepEqual([keys().length, new Set(keys()).size], [6, 2]);
});
