import assert from 'node:assert/strict';
import test from 'node:test';

import { foldBesideOthers } from '../../../static/frame/beside/folding.js';
import { FakeTime } from '../../support/js/fakes.js';

const SLOW_MS = 5_000;
const HANDOVER_MS = 10_000;
const SIGNED_IN = { state: 'authenticated', owner: 'a•••@mail.example' };
const ADDRESS = '?business_id=bus_demo&parent_origin=https%3A%2F%2Fshop.example&v=1';

/** What watches run, until they are disconnected. @type {Set<() => void>} */
const watches = new Set();
class FakeObserver {
  /** @param {() => void} task */
  constructor(task) {
    this.task = task;
  }
  observe() {
    watches.add(this.task);
  }
  disconnect() {
    watches.delete(this.task);
  }
}
class FakeElement extends EventTarget {
  hidden = true;
  value = '';
  textContent = '';
  /** @type {any[]} */
  children = [];
  setAttribute() {}
  append(/** @type {any[]} */ ...added) {
    this.children.push(...added);
  }
  after(/** @type {any} */ added) {
    page.folds.push(added);
  }
  focus() {
    page.focused = this;
  }
}
/** @type {any} */
const page = { time: new FakeTime(), frames: [], folds: [], focused: null };
const globals = { MutationObserver: FakeObserver, document: { createElement: () => new FakeElement() } };

/** @typedef {{ state?: string, search?: string, width?: number, owner?: string, isStepUp?: boolean, isHost?: boolean }} Shown `isHost`: hands its customer over to guests */

/** A document beside others; one of another origin throws. @param {string} element @param {Shown} [shown] @returns {any} */
function frame(element, { state = 'guest', search = ADDRESS, width = 300, owner = '', isStepUp = false, isHost = state !== 'connecting' } = {}) {
  const parts = Object.fromEntries(['contact', 'step-up', 'start-again', 'owner'].map((id) => [id, new FakeElement()]));
  Object.assign(parts['step-up'] ?? {}, { hidden: !isStepUp });
  Object.assign(parts.owner ?? {}, { textContent: owner });
  /** @type {Set<string>} */
  const attributes = new Set(isHost ? ['data-host'] : []);
  const documentElement = {
    dataset: { state }, offsetWidth: width, attributes,
    hasAttribute: (/** @type {string} */ name) => attributes.has(name),
    toggleAttribute: (/** @type {string} */ name, /** @type {boolean} */ isOn) => void (isOn ? attributes.add(name) : attributes.delete(name)),
  };
  const window = Object.assign(new EventTarget(), {
    location: { pathname: `/elements/${element}`, search }, parent: page, innerWidth: 300,
    setTimeout: (/** @type {() => void} */ task, ms = 0) => page.time.setTimeout(task, ms), clearTimeout: (/** @type {number} */ id) => page.time.clearTimeout(id),
  });
  const body = new FakeElement();
  const document = Object.assign(new EventTarget(), {
    documentElement, body, defaultView: window, visibilityState: 'visible', activeElement: body, hasFocus: () => page.focused !== null,
    getElementById: (/** @type {string} */ id) => parts[id] ?? null, querySelector: () => new FakeElement(),
  });
  return Object.assign(window, { document, parts });
}

/** @param {any[]} frames of the page, in the order in which it got them; the last one looks at the others unless `own` is another */
function beside(frames, own = frames.at(-1)) {
  watches.clear();
  Object.assign(globalThis, globals);
  Object.assign(page, { time: new FakeTime(), frames, folds: [], focused: null });
  foldBesideOthers(own);
  const isOn = (/** @type {string} */ name) => own.document.documentElement.attributes.has(name);
  const set = (/** @type {any} */ other, /** @type {string} */ state) => {
    other.document.documentElement.dataset.state = state;
    for (const look of [...watches]) look();
  };
  const [, button] = page.folds[0]?.children ?? [];
  return { isAside: () => isOn('data-aside'), isFolded: () => isOn('data-folded'), set, button, own };
}

test('a guest is put aside while an element before it asks, or is about to, and in no other state of that one', () => {
  for (const state of ['connecting', 'guest', 'code']) assert.equal(beside([frame('address', { state }), frame('payment')]).isAside(), true, state);
  for (const state of ['slow', 'authenticated', 'ended', 'disconnected', 'refused', 'dismissed']) assert.equal(beside([frame('address', { state }), frame('payment')]).isAside(), false, state);
});

test('an `auth` element comes first, then the one that the page has had for longest; of two of a kind one asks', () => {
  /** @type {[string[], number[]][]} */
  const cases = [[['auth', 'address', 'payment'], [1, 2]], [['address', 'auth', 'payment'], [0, 2]], [['address', 'payment'], [1]], [['auth', 'auth'], [1]], [['payment', 'payment', 'auth', 'auth'], [0, 1, 3]]];
  for (const [elements, expected] of cases) {
    const aside = elements.flatMap((_, index) => {
      const frames = elements.map((element) => frame(element));
      return beside(frames, frames[index]).isAside() ? [index] : [];
    });
    assert.deepEqual(aside, expected, elements.join());
  }
});

test('what is not seen, of another business or of another origin asks nobody, and no step-up of a customer does', () => {
  const foreign = Object.defineProperty({}, 'document', { get: () => { throw new Error('SecurityError'); } });
  const others = [frame('auth', { width: 0 }), frame('auth', { search: ADDRESS.replace('demo', 'twin') }), foreign, frame('address', { isStepUp: true })];
  for (const other of others) assert.equal(beside([other, frame('payment')]).isAside(), false);
  assert.equal(beside([frame('auth'), frame('payment', { isStepUp: true })]).isAside(), false);
});

test('it is true after every change of another one', () => {
  const [first, second] = [frame('auth'), frame('address')];
  const { isAside, set } = beside([first, second, frame('payment')]);
  for (const [one, state, expected] of /** @type {const} */ ([
    [first, 'dismissed', true], [second, 'dismissed', false], [second, 'guest', true], [second, 'code', true], [second, 'authenticated', false], [first, 'guest', true],
  ])) {
    set(one, state);
    assert.equal(isAside(), expected, state);
  }
});

test('it is decided before the sign-in is shown: nobody sees the whole form first', () => {
  const { isAside, set, own } = beside([frame('auth', { state: 'connecting' }), frame('payment', { state: 'connecting' })]);
  assert.equal(isAside(), true);
  set(own, 'slow');
  assert.equal(isAside(), true);
  set(own, 'authenticated');
  assert.equal(isAside(), false);
});

test('who has just signed in elsewhere sees no form before the handover, and after it has failed', async () => {
  const first = frame('auth');
  const { isAside, set } = beside([first, frame('payment')]);
  first.parts.owner.textContent = SIGNED_IN.owner;
  set(first, 'authenticated');
  await page.time.advance(HANDOVER_MS - 1);
  assert.equal(isAside(), true);
  await page.time.advance(1);
  assert.equal(isAside(), false);
  set(first, 'guest');
  set(first, 'authenticated');
  assert.equal(isAside(), true); // asked again, and again to be handed over
});

test('beside a customer a new element waits for the handover too; a form that is there already stays', () => {
  const late = beside([frame('auth', SIGNED_IN), frame('payment', { state: 'connecting' })]);
  late.set(late.own, 'guest');
  assert.equal(late.isAside(), true);
  assert.equal(beside([frame('auth', SIGNED_IN), frame('payment')]).isAside(), false);
});

test('a customer whom the shop vouches for in another element is not waited for', () => {
  const late = beside([frame('auth', { ...SIGNED_IN, isHost: false }), frame('payment', { state: 'connecting' })]);
  late.set(late.own, 'guest');
  assert.equal(late.isAside(), false);
});

test('one that connects again and again, and fails, puts no sign-in aside', () => {
  const first = frame('auth', { state: 'disconnected' });
  const { isAside, set } = beside([first, frame('payment')]);
  set(first, 'connecting');
  assert.equal(isAside(), false);
  set(first, 'guest');
  assert.equal(isAside(), true);
});

test('a document whose code does not come is not waited for, until it asks all the same', async () => {
  const silent = frame('auth', { state: 'connecting' });
  const { isAside, set } = beside([silent, frame('payment')]);
  await page.time.advance(SLOW_MS - 1);
  assert.equal(isAside(), true);
  await page.time.advance(1);
  assert.equal(isAside(), false);
  set(silent, 'guest');
  assert.equal(isAside(), true);
});

test('a form in which the customer has begun stays: typed, sent or in hand', () => {
  /** @type {((own: any, set: (other: any, state: string) => void) => void)[]} */
  const beginnings = [
    ({ parts }) => void parts.contact.dispatchEvent(new Event('input')),
    ({ parts }) => { parts.contact.value = 'ama'; },
    (own, set) => { set(own, 'code'); set(own, 'guest'); },
    ({ parts }) => void parts['start-again'].dispatchEvent(new Event('click')),
    ({ document, parts }) => { document.activeElement = page.focused = parts.contact; },
  ];
  for (const begin of beginnings) {
    const first = frame('auth', { state: 'dismissed' });
    const { isAside, set, own } = beside([first, frame('payment')]);
    begin(own, set);
    set(first, 'guest');
    assert.equal(isAside(), false, String(begin));
  }
});

test('the customer calls for the form: it has the focus, and stays for good', () => {
  const first = frame('auth');
  const { isAside, set, button, own } = beside([first, frame('payment')]);
  button.dispatchEvent(new Event('click'));
  assert.deepEqual([isAside(), page.focused], [false, own.parts.contact]);
  page.focused = null;
  set(first, 'dismissed');
  set(first, 'guest');
  assert.equal(isAside(), false);
});

test('the focus on a button that goes is kept, and never taken from the shop', () => {
  for (const isInUse of [true, false]) {
    const first = frame('auth');
    const { set, button, own } = beside([first, frame('payment')]);
    own.document.activeElement = button;
    page.focused = isInUse ? button : null;
    set(first, 'refused');
    assert.equal(page.focused, isInUse ? own.parts.contact : null);
    const again = beside([frame('auth'), frame('payment', { state: 'connecting' })]);
    again.own.document.activeElement = new FakeElement(); // of the view before
    page.focused = isInUse ? again.own.document.activeElement : null;
    again.set(again.own, 'guest');
    assert.equal(page.focused, isInUse ? again.button : null);
  }
});

test('a new element is noticed as it seeks the others, and one whose document goes is not waited for', async () => {
  const { isAside, own } = beside([frame('payment')]);
  const first = frame('auth');
  page.frames.unshift(first);
  own.dispatchEvent(new Event('message'));
  await page.time.advance(0);
  assert.equal(isAside(), true);
  page.frames.shift();
  first.dispatchEvent(new Event('pagehide'));
  await page.time.advance(0);
  assert.equal(isAside(), false);
});

test('what the page hides without a word is noticed a second later, and what it shows again', async () => {
  const first = frame('auth');
  const { isAside } = beside([first, frame('payment')]);
  for (const [width, expected] of /** @type {const} */ ([[0, false], [300, true]])) {
    first.document.documentElement.offsetWidth = width;
    await page.time.advance(1_000);
    assert.equal(isAside(), expected);
  }
});

test('an owner that an element before it shows is folded to a line, another one not', () => {
  assert.equal(beside([frame('auth', SIGNED_IN), frame('payment', SIGNED_IN)]).isFolded(), true);
  assert.equal(beside([frame('auth', SIGNED_IN), frame('payment', { ...SIGNED_IN, owner: 'b•••' })]).isFolded(), false);
  assert.equal(beside([frame('auth', { ...SIGNED_IN, width: 0 }), frame('payment', SIGNED_IN)]).isFolded(), false);
});

test('where nobody would unfold it again, nothing folds', () => {
  watches.clear();
  Object.assign(page, { frames: [frame('auth')], folds: [] });
  Object.assign(globalThis, globals, { MutationObserver: undefined });
  foldBesideOthers(frame('payment'));
  assert.deepEqual([page.folds, watches.size], [[], 0]);
});
