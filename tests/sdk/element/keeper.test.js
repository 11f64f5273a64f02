/** The hidden element that keeps a sign-in: when it comes, and when it goes. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { deferred } from '../../../static/sdk/element/commands.js';
import { Keeper, logoutAll } from '../../../static/sdk/element/keeper.js';
import { FakeTime, settle } from '../../support/js/fakes.js';

const ALONE_MS = 300_000;

/** A handle whose events the test emits. */
class FakeHandle {
  state = 'connecting';
  isGuest = true;
  loggedOut = 0;
  /** @type {Map<string, ((payload: any) => void)[]>} */
  #listeners = new Map();
  on(/** @type {string} */ type, /** @type {(payload: any) => void} */ listener) {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }
  say(/** @type {string} */ type, payload = {}) {
    for (const listener of this.#listeners.get(type) ?? []) listener(payload);
  }
  begin(/** @type {string} */ state, isGuest = state === 'guest') {
    this.isGuest = isGuest;
    this.state = state;
    this.say('initialized', { state });
    if (state === 'authenticated') this.say('authenticated');
  }
  signIn() {
    this.state = 'authenticated';
    this.say('authenticated');
  }
  /** What becomes of a sign-out: the state afterwards, and the code of its failure. @type {[state: string, code: string | null]} */
  outcome = ['ended', null];
  /** The service's answer. */
  answer = Promise.resolve();
  async logout() {
    this.loggedOut += 1;
    if (['ended', 'failed', 'destroyed'].includes(this.state)) throw new Error('not_connected');
    await this.answer;
    const [state, code] = this.outcome;
    this.state = state;
    if (code !== null) throw new Error(code);
    this.say('logout_complete');
  }
  destroy() {
    this.state = 'destroyed';
  }
}

function page() {
  const time = new FakeTime();
  /** @type {FakeHandle[]} */
  const hidden = [];
  /** @type {Set<any>} */
  const places = new Set();
  const createElement = () => {
    const place = { style: {}, remove: () => places.delete(place) };
    return place;
  };
  const document = { createElement, documentElement: { append: (/** @type {any} */ place) => places.add(place) } };
  const keeper = new Keeper(/** @type {any} */ ({ document, setTimeout: time.setTimeout, clearTimeout: time.clearTimeout }), /** @type {any} */ (() => {
    hidden.push(new FakeHandle());
    return hidden.at(-1);
  }));
  const add = (handle = new FakeHandle()) => {
    keeper.add(/** @type {any} */ (handle));
    return handle;
  };
  const signedIn = () => {
    const handle = add();
    handle.begin('guest');
    handle.signIn();
    hidden.at(-1)?.begin('guest');
    return handle;
  };
  return { time, hidden, places, keeper, add, signedIn, remove: (/** @type {FakeHandle} */ handle) => keeper.remove(/** @type {any} */ (handle)) };
}

test('it comes with the first sign-in inside an element, once, and not for a customer of the shop’s login', () => {
  const { hidden, places, add } = page();
  add().begin('authenticated');
  assert.equal(hidden.length, 0);
  for (const handle of [add(), add()]) {
    handle.begin('guest');
    handle.signIn();
  }
  assert.deepEqual([hidden.length, places.size], [1, 1]);
});

test('it goes with the last sign-out, its session revoked first', async () => {
  const { hidden, places, add } = page();
  const [one, other] = [add(), add()];
  for (const handle of [one, other]) {
    handle.begin('guest');
    handle.signIn();
  }
  one.state = 'ended';
  one.say('logout_complete');
  assert.equal(hidden[0]?.loggedOut, 0);
  other.state = 'ended';
  other.say('logout_complete');
  await settle();
  assert.deepEqual([hidden[0]?.loggedOut, hidden[0]?.state, places.size], [1, 'destroyed', 0]);
});

test('a page without elements keeps it for five minutes, unless it mounts another', async () => {
  const { time, hidden, places, add, remove } = page();
  const first = add();
  first.begin('guest');
  first.signIn();
  remove(first);
  await time.advance(ALONE_MS - 1);
  const second = add();
  await time.advance(2 * ALONE_MS);
  assert.equal(hidden[0]?.state, 'connecting');
  remove(second);
  remove(second);
  await time.advance(ALONE_MS);
  assert.deepEqual([hidden[0]?.state, places.size, time.timers.size], ['destroyed', 0, 0]);
});

test('one that is over is replaced at the next sign-in', async () => {
  for (const over of ['destroyed', 'ended', 'failed']) {
    const { hidden, places, add } = page();
    const handle = add();
    handle.begin('guest');
    handle.signIn();
    /** @type {FakeHandle} */ (hidden[0]).state = over;
    handle.begin('guest');
    handle.signIn();
    await settle();
    assert.deepEqual([hidden.length, hidden[0]?.state, places.size], [2, 'destroyed', 1]);
  }
});

test('the page signs out where no element is left, and nothing waits any more', async () => {
  const { time, hidden, places, keeper, signedIn, remove } = page();
  remove(signedIn());
  hidden[0]?.signIn();
  await logoutAll([keeper]);
  assert.deepEqual([hidden[0]?.loggedOut, hidden[0]?.state, places.size, time.timers.size], [1, 'destroyed', 0, 0]);
  await logoutAll([keeper]);
  assert.equal(hidden[0]?.loggedOut, 1);
});

test('the page’s sign-out waits for one that has begun before', async () => {
  const { hidden, keeper, signedIn } = page();
  const handle = signedIn();
  const { promise, resolve } = deferred();
  /** @type {FakeHandle} */ (hidden[0]).answer = promise;
  await handle.logout();
  let isOver = false;
  const leaving = logoutAll([keeper]).then(() => { isOver = true; });
  await settle();
  assert.equal(isOver, false);
  resolve(undefined);
  await leaving;
  assert.deepEqual([hidden.length, hidden[0]?.loggedOut, hidden[0]?.state], [1, 1, 'destroyed']);
});

test('it signs out each element of each business, a guest too who may be about to join; guests alone stay as they are', async () => {
  const [one, other, guests] = [page(), page(), page()];
  const [signedIn, connecting, guest, ended] = [one.signedIn(), other.add(), other.add(), other.add()];
  guest.begin('guest');
  ended.state = 'ended';
  const alone = guests.add();
  alone.begin('guest');
  await logoutAll([one.keeper, other.keeper, guests.keeper]);
  const states = [signedIn, connecting, guest, alone].map(({ state }) => state);
  assert.deepEqual(states, ['ended', 'ended', 'ended', 'guest']);
  assert.deepEqual([one.hidden[0]?.state, ended.loggedOut, alone.loggedOut], ['destroyed', 0, 0]);
});

test('a sign-out that fails is told once all are over, and the hidden element is gone all the same', async () => {
  const { hidden, places, keeper, signedIn } = page();
  const [failing, late] = [signedIn(), signedIn()];
  failing.outcome = ['authenticated', 'network'];
  /** @type {FakeHandle} */ (hidden[0]).outcome = ['authenticated', 'offline'];
  const { promise, resolve } = deferred();
  late.answer = promise;
  const leaving = logoutAll([keeper]).catch(({ message }) => message);
  await settle();
  assert.deepEqual([hidden[0]?.state, places.size, late.state], ['destroyed', 0, 'authenticated']);
  resolve(undefined);
  assert.equal(await leaving, 'offline');
  assert.equal(late.state, 'ended');
});

test('what is over anyway fails no sign-out: an element that is removed, a hidden one that never had a session', async () => {
  const { hidden, keeper, signedIn, remove } = page();
  const handle = signedIn();
  handle.outcome = ['destroyed', 'destroyed'];
  /** @type {FakeHandle} */ (hidden[0]).outcome = ['failed', 'network'];
  await logoutAll([keeper]);
  remove(handle);
  await logoutAll([keeper]);
  assert.equal(hidden[0]?.state, 'destroyed');
});

test('where the page’s elements are gone, a hidden one that has failed is replaced, which reaches what a reload would keep', async () => {
  for (const isNamed of [true, false]) { // `Link.logout({ businessId })` and `Link.logout()`
    const { hidden, places, keeper, signedIn, remove } = page();
    remove(signedIn());
    /** @type {FakeHandle} */ (hidden[0]).state = 'failed';
    if (isNamed) keeper.reach();
    await logoutAll([keeper]);
    assert.deepEqual([hidden.length, hidden[1]?.loggedOut, hidden[1]?.state, places.size], [2, 1, 'destroyed', 0]);
  }
});

test('where nobody else could erase it, a hidden element that fails fails the sign-out', async () => {
  for (const [isNamed, isReplaced] of [[true, true], [true, false], [false, true], [false, false]]) {
    const { hidden, places, keeper, signedIn, remove } = page();
    remove(signedIn());
    const [first] = /** @type {[FakeHandle]} */ (/** @type {unknown} */ (hidden));
    if (isReplaced) first.state = 'failed';
    else Object.assign(first, { state: 'connecting', outcome: ['failed', 'network'] });
    if (isNamed) keeper.reach();
    const leaving = logoutAll([keeper]).catch(({ message }) => message);
    Object.assign(hidden.at(-1) ?? {}, { outcome: ['failed', 'network'] });
    assert.equal(await leaving, 'network');
    assert.equal(places.size, 0);
    keeper.reach();
    await logoutAll([keeper]); // once more, as the guide says
    assert.equal(hidden.at(-1)?.loggedOut, 1);
  }
});

test('a guest’s element erases too: with it a hidden one that has failed fails no sign-out', async () => {
  const { hidden, keeper, signedIn, add, remove } = page();
  const handle = signedIn();
  const guest = add();
  guest.begin('guest');
  remove(handle);
  /** @type {FakeHandle} */ (hidden[0]).state = 'failed';
  await logoutAll([keeper]);
  assert.deepEqual([guest.loggedOut, guest.state, hidden.length], [1, 'ended', 1]);
});
