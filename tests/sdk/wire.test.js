import assert from 'node:assert/strict';
import test from 'node:test';

import { carriesToken, isSmallJson, readCommand, readEvent, readInit, readReady } from '../../static/sdk/wire.js';

const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
const TOKEN = `elb_${'a'.repeat(40)}`;
const ready = { ns: 'cimplify.link', v: 1, type: 'ready', code_challenge: CHALLENGE, versions: [1] };
const init = { ns: 'cimplify.link', v: 1, type: 'init', code_challenge: CHALLENGE, bootstrap_token: TOKEN, options: {} };
const command = { ns: 'cimplify.link', v: 1, type: 'refresh', id: 'c1' };
const event = { ns: 'cimplify.link', v: 1, type: 'token_refreshed', expires_in: 300 };
const readers = [readReady, readInit, readCommand, readEvent];

function cycle() {
  /** @type {any} */
  const round = { ...ready };
  round.self = round;
  return round;
}

/** A value of 20^`depth` leaves that shares its parts, so that it needs almost no memory. @param {number} depth @returns {unknown} */
function shared(depth) {
  const inner = depth === 0 ? 'x' : shared(depth - 1);
  return Array.from({ length: 20 }, () => inner);
}

const hostile = {
  toString() {
    throw new Error('touched');
  },
  get type() {
    throw new Error('touched');
  },
  ns: 'cimplify.link',
  v: 1,
};

const JUNK = [
  null, undefined, 0, -1, NaN, Infinity, 10n, '', 'ready', 'x'.repeat(1e6), true, [], [ready], {}, () => ready, Symbol('s'),
  new Map(), new Date(), new Uint8Array(1e6), new Array(1e9), cycle(), hostile,
  new Proxy({}, { get() { throw new Error('touched'); }, getPrototypeOf() { throw new Error('touched'); } }),
  { ns: 'cimplify.link' }, { ns: 'cimplify.link', v: 1 }, { ns: 'cimplify.link', v: 1, type: null },
  { ns: 'cimplify.link', v: 1, type: '__proto__' }, { ns: 'cimplify.link', v: 1, type: 'constructor' },
  { ...ready, filler: shared(7) }, { ...ready, filler: new Map() }, { ...ready, filler: 'x'.repeat(17_000) },
  { ...ready, v: 2 }, { ...ready, v: '1' }, { ...ready, ns: 'other' }, { ...ready, type: 'READY' },
  { ...ready, code_challenge: 7 }, { ...ready, code_challenge: `${CHALLENGE}=` }, { ...ready, code_challenge: CHALLENGE.slice(1) },
  { ...ready, versions: 1 }, { ...ready, versions: ['1'] }, { ...ready, versions: new Array(100).fill(1) },
];

test('a complete message of each kind is read', () => {
  assert.deepEqual(readReady(ready), { code_challenge: CHALLENGE, versions: [1] });
  assert.deepEqual(readInit(init), { code_challenge: CHALLENGE, bootstrap_token: TOKEN, options: {}, guest: undefined });
  assert.equal(readInit({ ...init, guest: true })?.guest, true);
  assert.deepEqual(readCommand(command), { type: 'refresh', id: 'c1' });
  assert.deepEqual(readEvent(event), { type: 'token_refreshed', id: null, payload: { expires_in: 300 } });
});

test('junk is read as null, without an exception', () => {
  for (const reader of readers) for (const junk of JUNK) assert.equal(reader(junk), null);
});

test('an incomplete message is read as null', () => {
  for (const message of [ready, init, command, event]) {
    for (const missing of Object.keys(message)) {
      const half = Object.fromEntries(Object.entries(message).filter(([key]) => key !== missing));
      const readsAnyway = message === init && missing === 'options';
      for (const reader of readers) if (!readsAnyway) assert.equal(reader(half), null, `${message.type} without ${missing}`);
    }
  }
});

test('a message of one kind is never read as another', () => {
  assert.equal(readInit({ ...init, type: 'ready' }), null);
  assert.equal(readCommand({ ...command, type: 'initialized' }), null);
  assert.equal(readEvent({ ...event, type: 'refresh' }), null);
});

test('unknown fields are dropped', () => {
  assert.deepEqual(readReady({ ...ready, url: 'https://evil.example' }), readReady(ready));
  assert.deepEqual(readInit({ ...init, options: { appearance: { theme: 'dark' }, api: 'https://evil.example' } })?.options, { appearance: { theme: 'dark' } });
  assert.deepEqual(readEvent({ ...event, access_token: 'x' })?.payload, { expires_in: 300 });
});

test('an init with a token outside its own field is void', () => {
  const tokens = [`lnk_${'a'.repeat(20)}`, `rfr_${'a'.repeat(20)}`, `elr_${'a'.repeat(20)}`, TOKEN, 'eyJhbGciOi.eyJzdWIi.c2ln'];
  for (const token of tokens) {
    assert.equal(readInit({ ...init, access: token }), null);
    assert.equal(readInit({ ...init, options: { appearance: { deep: [{ in: token }] } } }), null);
    assert.equal(readInit({ ...init, options: { [token]: 1 } }), null);
    if (!token.startsWith('elb_')) assert.equal(readInit({ ...init, bootstrap_token: token }), null);
  }
});

test('what a library of the shop adds to every object is no part of a message', () => {
  const everyObject = /** @type {any} */ (Object.prototype);
  everyObject.each = () => {};
  try {
    assert.deepEqual(readEvent(event)?.payload, { expires_in: 300 });
    assert.deepEqual(readReady(ready)?.versions, [1]);
  } finally {
    delete everyObject.each;
  }
});

test('a list is measured like its text', () => {
  const most = { list: new Array(8_187).fill(1) };
  assert.equal(JSON.stringify(most).length, 16 * 1024);
  assert.equal(isSmallJson(most), true);
  assert.equal(isSmallJson({ list: [...most.list, 1] }), false);
});

test('a message is measured in bytes: 16 kB pass, one more does not', () => {
  const room = 16 * 1024 - JSON.stringify({ text: '' }).length;
  assert.equal(isSmallJson({ text: 'x'.repeat(room) }), true);
  assert.equal(isSmallJson({ text: 'x'.repeat(room + 1) }), false);
  assert.equal(isSmallJson({ text: 'é'.repeat(room / 2 + 1) }), false);
});

test('an event with a wrong field is void; a height is clamped', () => {
  const height = (/** @type {unknown} */ value) => readEvent({ ns: 'cimplify.link', v: 1, type: 'height_change', height: value })?.payload.height;
  assert.equal(height(-5), 0);
  assert.equal(height(1e9), 10_000);
  assert.equal(height(10.2), 11);
  assert.equal(height('10'), undefined);
  assert.equal(readEvent({ ...event, expires_in: -1 }), null);
  assert.equal(readEvent({ ...event, type: 'initialized', state: 'admin' }), null);
  assert.equal(readEvent({ ...event, type: 'error', code: 'Bad Code', retryable: true, message: '' }), null);
});

test('an error names a refused call, or none; a name that is no name of ours makes it void', () => {
  const failed = { ns: 'cimplify.link', v: 1, type: 'error', code: 'network', retryable: true, message: 'm' };
  assert.deepEqual(readEvent(failed)?.payload, { code: 'network', retryable: true, message: 'm' });
  assert.equal(readEvent({ ...failed, request_id: '0123456789abcdef-1' })?.payload.request_id, '0123456789abcdef-1');
  for (const wrong of [null, 1, '', 'short', `lnk_${'a'.repeat(20)}`, `cus_${'a'.repeat(20)}`, 'x'.repeat(65), '+233 24 123 4567']) assert.equal(readEvent({ ...failed, request_id: wrong }), null);
});

test('a command without a plain id is void', () => {
  for (const id of [1, '', 'a b', 'x'.repeat(65), `lnk_${'a'.repeat(20)}`]) assert.equal(readCommand({ ...command, id }), null);
});

test('tokens are found at any depth', () => {
  assert.equal(carriesToken({ a: [1, { b: `x lnk_${'a'.repeat(9)}` }] }), true);
  assert.equal(carriesToken({ a: [1, { b: 'blink_and_go' }] }), false);
});
