import assert from 'node:assert/strict';
import test from 'node:test';

import { wallet } from '../../support/js/fake-frame.js';
import { ok, refusal } from '../../support/js/fakes.js';
import { TYPED, opened } from '../../support/js/opened.js';
import { HOME, WORK } from '../../support/js/saved.js';

test('an answer that was lost is asked for again under the same key, also by the customer', async () => {
  let lost = 4;
  const { act, itemList, pass, keys } = await opened('address', undefined, { addresses: () => (lost-- > 0 ? 'lost' : ok(WORK)) });
  act.add();
  act.submit(TYPED);
  act.submit(TYPED);
  await pass(5_000);
  assert.equal(keys().length, 3);
  assert.match(itemList.last.general, /^We cannot reach Link.*may have been saved all the same/);
  act.submit(TYPED);
  await pass(5_000);
  assert.deepEqual([keys().length, new Set(keys()).size], [5, 1]);
  act.add();
  act.submit(TYPED);
  await pass(10);
  assert.equal(new Set(keys()).size, 2);
});

test('what went unanswered is a new request once anything else there was changed', async () => {
  let isLost = true;
  const { act, itemList, pass, keys } = await opened('address', undefined, { default: () => (isLost ? 'lost' : ok(HOME)), [HOME.id]: () => (isLost ? 'lost' : ok(HOME)) });
  const edit = async (/** @type {string} */ city) => {
    act.cancel();
    await pass(10);
    act.edit(HOME.id);
    act.submit({ ...itemList.last.values, city });
    await pass(5_000);
  };
  await edit('Tema');
  isLost = false;
  await edit('Kumasi');
  await edit('Tema');
  assert.deepEqual([keys().length, new Set(keys()).size, keys().indexOf(keys().at(-1))], [5, 3, 4]);
});

test('after a save that was not answered the list is asked for anew before it is shown', async () => {
  const saved = { addresses: [HOME] };
  const { act, itemList, pass, network } = await opened('address', saved, { addresses: () => { saved.addresses = [HOME, WORK]; return 'lost'; } });
  act.add();
  act.submit(TYPED);
  await pass(5_000);
  act.cancel();
  await pass(10);
  assert.deepEqual([network.to('data').length, itemList.last.list.items.length, itemList.isBusy], [2, 2, false]);
  act.add();
  act.cancel();
  await pass(10);
  assert.equal(network.to('data').length, 2);
});

test('a removal that was not answered is shown as what came of it', async () => {
  for (const isDone of [true, false]) {
    const saved = { addresses: [HOME, WORK] };
    const { act, itemList, pass } = await opened('address', saved, { [WORK.id]: () => { if (isDone) saved.addresses = [HOME]; return 'lost'; } });
    act.pick(WORK.id);
    act.askRemove(WORK.id);
    act.remove(WORK.id);
    await pass(5_000);
    const { items, removingId, problem } = itemList.last.list;
    assert.deepEqual([items.length, removingId, problem.id], isDone ? [1, null, null] : [2, null, WORK.id]);
    assert.match(problem.text, /may have been done all the same\.$/);
  }
});

test('what was saved is said to be, though the list cannot be loaded then', async () => {
  let isUp = true;
  const { act, pass, shown } = await opened('address', undefined, { addresses: () => { isUp = false; return ok(WORK); }, data: () => (isUp ? ok(wallet({ addresses: [HOME] })) : refusal(500, 'INTERNAL')) });
  act.add();
  act.submit(TYPED);
  assert.equal(shown.at(-1), 'say Saving…');
  await pass(5_000);
  assert.match(shown.at(-1) ?? '', /^showWalletUnreachable Saved\. We cannot load your wallet right now/);
});

test('what signing out cuts off is not called a failure', async () => {
  const { element, act, itemList, pass } = await opened('address', undefined, { addresses: () => 'silent', logout: () => refusal(503, 'X') });
  act.add();
  act.submit(TYPED);
  await pass(10);
  const { length } = itemList.shown;
  element.signOut();
  await pass(5_000);
  assert.deepEqual([itemList.shown.slice(length), itemList.isBusy], [[], false]);
});

test('another wish than the unanswered one is another request', async () => {
  const { act, pass, keys } = await opened('address', undefined, { addresses: () => 'lost' });
  act.add();
  for (const label of ['Shop', 'Other']) {
    act.submit({ ...TYPED, label });
    await pass(5_000);
  }
  assert.deepEqual([keys().length, new Set(keys()).size], [6, 2]);
});
