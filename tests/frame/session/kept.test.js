import assert from 'node:assert/strict';
import test from 'node:test';

import { Kept } from '../../../static/frame/session/kept.js';
import { FakeTime, settle } from '../../support/js/fakes.js';

const SHOP = 'bus_demo https://shop.test';
const NAME = `cimplify.link ${SHOP} payment`;
const KEPT = { id: `cimplify.link ${SHOP} 1`, token: 'old token', spentBy: null, owner: 'k•••', turn: 3 };
const SESSION = /** @type {import('../../../static/frame/session/grant.js').Session} */ ({ id: 'els_1', state: 'authenticated', amr: ['otp'], isBound: true, customerId: null });

/** A window whose IndexedDB answers when the test says so. @param {{ get?: (name: string) => unknown }} [database] */
function stores({ get = () => ({ proofKey: 'old key', turn: 3, usedAt: 0 }) } = {}) {
  const time = new FakeTime();
  /** @type {Map<string, string>} */
  const items = new Map([[NAME, JSON.stringify(KEPT)]]);
  /** @type {string[]} */
  const locked = [];
  /** @type {(() => void)[]} */
  const waiting = [];
  let closed = 0;
  const store = {
    get: (/** @type {string} */ name) => ({ result: get(name) }),
    put: () => ({}),
    openCursor: () => ({ result: null }),
    delete: () => ({}),
  };
  const open = () => {
    const opening = /** @type {any} */ ({});
    waiting.push(() => {
      const transaction = /** @type {any} */ ({ objectStore: () => store });
      opening.result = { transaction: () => transaction, close: () => { closed += 1; } };
      opening.onsuccess();
      transaction.oncomplete?.();
    });
    return opening;
  };
  const request = async (/** @type {string} */ id, /** @type {unknown} */ _, /** @type {() => Promise<void>} */ hold) => {
    locked.push(id);
    await hold();
    locked.splice(locked.indexOf(id), 1);
  };
  const window = /** @type {any} */ ({
    sessionStorage: { getItem: (/** @type {string} */ name) => items.get(name) ?? null, setItem: (/** @type {string} */ name, /** @type {string} */ text) => items.set(name, text), removeItem: (/** @type {string} */ name) => items.delete(name) },
    indexedDB: { open },
    navigator: { locks: { request } },
    crypto,
    setTimeout: time.setTimeout,
    clearTimeout: time.clearTimeout,
  });
  const answer = async () => {
    await settle();
    for (const task of waiting.splice(0)) task();
    await settle();
  };
  const stored = () => JSON.parse(items.get(NAME) ?? 'null');
  return { kept: new Kept(window, () => 0, SHOP, 'payment'), time, items, locked, answer, stored, closed: () => closed };
}

const by = { refresh: () => { throw new Error('a refresh'); }, giveUp: () => {} };

test('a store that answers too late changes nothing of the session that began without it', async () => {
  const { kept, time, answer, stored, locked } = stores();
  const resumed = kept.resume(true, by);
  await settle();
  await time.advance(2_000);
  assert.equal(await resumed, null);
  kept.tell('new token', null);

  await answer();

  assert.deepEqual(stored(), KEPT);
  assert.deepEqual(locked, []);
  const keeping = kept.keep(SESSION, 'a•••', Promise.resolve(/** @type {any} */ ('new key')));
  await answer();
  await keeping;
  assert.notEqual(stored().id, KEPT.id);
  assert.deepEqual([stored().token, stored().owner], ['new token', 'a•••']);
});

test('a store that throws within its transaction is one that throws', async () => {
  const { kept, answer, closed } = stores({ get: () => { throw new Error('DataError'); } });
  const resumed = kept.resume(true, by);

  await answer();

  assert.equal(await resumed, null);
  assert.equal(closed(), 1);
});

test('what no release wrote is nothing', async () => {
  const { kept, items } = stores();
  items.set(NAME, '{');
  assert.equal(await kept.resume(true, by), null);
});

test('a token without a key of its own, or of no code, is never kept', async () => {
  for (const [unfit, key] of /** @type {[object, unknown][]} */ ([[{ isBound: false }, 'new key'], [{ amr: ['link'] }, 'new key'], [{}, null]])) {
    const { kept, items, answer, locked } = stores();
    items.clear();
    kept.tell('new token', null);
    const keeping = kept.keep({ ...SESSION, ...unfit }, 'a•••', Promise.resolve(/** @type {any} */ (key)));
    await answer();
    await keeping;
    kept.tell('newer token', null);
    assert.deepEqual([items.size, locked], [0, []]);
  }
});

test('a sign-in waits a moment for a store that does not answer, which may keep it later', async () => {
  const { kept, time, answer, stored } = stores();
  const keeping = kept.keep(SESSION, 'a•••', Promise.resolve(/** @type {any} */ ('new key')));
  await settle();
  assert.equal(stored().id, KEPT.id);
  await time.advance(2_000);
  await keeping;

  await answer();

  assert.notEqual(stored().id, KEPT.id);
});
