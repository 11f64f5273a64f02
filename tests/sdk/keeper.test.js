/** The hidden element that keeps a sign-in: when it comes, and when it goes. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { Keeper } from '../../static/sdk/keeper.js';
import { FakeTime, settle } from '../support/js/fakes.js';

const ALONE_MS = 300_000;

/** A handle whose events the test emits. */
class FakeHandle {
  state = 'connecting';
  loggedOut = 0;
  /** @type {Map<string, ((payload: any) => void)[]>} */
  #listeners = new Map();
  on(/** @type {string} */ type, /** @type {(payload: any) => void} */ listener) {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }
  say(/** @type {string} */ type, payload = {}) {
    for (const listener of this.#listeners.get(type) ?? []) listener(payload);
  }
  begin(/** @type {string} */ state) {
    this.state = state;
    this.say('initialized', { state });
    if (state === 'authenticated') this.say('authenticated');
  }
  signIn() {
    this.state = 'authenticated';
    this.say('authenticated');
  }
  async logout() {
    this.loggedOut += 1;
    if (this.state === 'ended') throw new Error('not_connected');
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
  return { time, hidden, places, add, remove: (/** @type {FakeHandle} */ handle) => keeper.remove(/** @type {any} */ (handle)) };
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
