import assert from 'node:assert/strict';
import test from 'node:test';

import { keepingOf } from '../../static/frame/keeping.js';
import { FakeTime, settle } from '../support/js/fakes.js';

const { signal } = new AbortController();
const EMBEDDING = /** @type {any} */ ({ businessId: 'bus_demo', parentOrigin: 'https://shop.example' });

/** @param {Promise<any> | null} keptLoading @param {(route: string, call: any) => Promise<any>} [post] */
function keeping(keptLoading, post = () => { throw new Error('a call'); }) {
  const time = new FakeTime();
  /** @type {unknown[]} */
  const used = [];
  const prover = /** @type {any} */ ({ use: (/** @type {unknown} */ key) => used.push(key), renew: () => used.push('renewed') });
  const sessionStorage = { 'cimplify.link bus_demo https://shop.example payment': '', 'cimplify.link bus_other https://shop.example payment': '' };
  Object.defineProperty(sessionStorage, 'removeItem', { value: (/** @type {string} */ name) => used.push(name) });
  const window = { sessionStorage };
  const env = { keptLoading, window: /** @type {any} */ (window), setTimeout: time.setTimeout, clearTimeout: time.clearTimeout };
  return { time, used, keeping: keepingOf(env, /** @type {any} */ ({ post }), prover, EMBEDDING) };
}

test('where the shop does not want it, nothing is resumed', async () => {
  assert.equal(await keeping(null).keeping.resume(true, signal, () => {}), null);
});

test('code that does not come, or not in time, is done without', async () => {
  assert.equal(await keeping(Promise.reject(new Error())).keeping.resume(true, signal, () => {}), null);
  const { time, keeping: slow } = keeping(new Promise(() => {}));
  const resumed = slow.resume(true, signal, () => {});
  await time.advance(3_000);
  assert.equal(await resumed, null);
});

test('a sign-out before its code is there forgets the tokens of this tab at once, and all else when the code comes', async () => {
  /** @type {(kept: any) => void} */
  let come = () => {};
  const { used, keeping: own } = keeping(new Promise((resolve) => { come = resolve; }));
  own.forget();
  const removed = ['cimplify.link bus_demo https://shop.example payment']; // and nothing of another business
  assert.deepEqual(used, removed);

  come({ forget: () => used.push('forgot') });
  await settle();
  assert.deepEqual(used, [...removed, 'forgot']);

  own.forget();
  assert.deepEqual(used, [...removed, 'forgot', 'forgot']);
});

test('a sign-out without its code, where a store throws too, is no failure', async () => {
  const window = /** @type {any} */ ({ get sessionStorage() { throw new Error('denied'); } });
  const env = /** @type {any} */ ({ keptLoading: null, window });
  keepingOf(env, /** @type {any} */ ({}), /** @type {any} */ ({}), EMBEDDING).forget();
});

test('a refresh repeats the one in flight: its token, key of the call and key of the proofs', async () => {
  const held = { token: 'token', spentBy: 'call key', owner: '', proofKey: 'proof key' };
  const kept = { resume: async (/** @type {boolean} */ mayKeep, /** @type {any} */ { refresh, giveUp }) => {
    assert.equal(mayKeep, true);
    await assert.rejects(refresh(held), { code: 'NETWORK' });
    giveUp();
    return null;
  } };
  /** @type {any[]} */
  const calls = [];
  const { keeping: own, used } = keeping(Promise.resolve(kept), async (...call) => { calls.push(call); return { data: null }; });
  await settle();

  assert.equal(await own.resume(true, signal, () => {}), null);

  const [[route, { body, idempotencyKey }]] = calls;
  assert.deepEqual([route, body, idempotencyKey], ['refresh', { refresh_token: 'token' }, 'call key']);
  assert.deepEqual(used, ['proof key', 'renewed']);
});
