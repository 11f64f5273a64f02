import assert from 'node:assert/strict';
import test from 'node:test';

import { LINK, SHOP, frame } from './fake-frame.js';
import { shop } from './fake-shop.js';
import { messageEvent, settle } from './fakes.js';
import { readCommand, readEvent, readInit, readReady } from '../../static/sdk/wire.js';

const SEED = 20_260_729;
const ROUNDS = 4_000;

/** Mulberry32: small, even, and the same numbers from the same seed. @param {number} seed @returns {() => number} below 1 */
function dice(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** @template T @param {() => number} roll @param {readonly T[]} choices @returns {T} */
const pick = (roll, choices) => /** @type {T} */ (choices[Math.floor(roll() * choices.length)]);

const NAMES = ['ns', 'v', 'type', 'code_challenge', 'bootstrap_token', 'options', 'versions', 'id', 'state', 'height', 'code', '__proto__', 'constructor', 'toJSON', 'x'];
const TEXTS = ['cimplify.link', 'init', 'ready', 'refresh', 'logout', 'error', 'initialized', '', 'x', 'null', '__proto__', `elb_${'a'.repeat(40)}`, `lnk_${'a'.repeat(40)}`, 'A'.repeat(43), 'A'.repeat(42), '\ud800', 'é'.repeat(9_000)];
const NUMBERS = [0, 1, -1, 2, NaN, Infinity, -0, 1e308, 2 ** 53];
/** @type {((roll: () => number, depth: number) => unknown)[]} */
const KINDS = [
  (roll) => pick(roll, TEXTS),
  (roll) => pick(roll, NUMBERS),
  (roll) => pick(roll, [null, undefined, true, false, 1n, Symbol('s'), () => 1]),
  (roll, depth) => Array.from({ length: Math.floor(roll() * 4) }, () => junk(roll, depth + 1)),
  (roll, depth) => Object.fromEntries(Array.from({ length: Math.floor(roll() * 8) }, () => [pick(roll, NAMES), junk(roll, depth + 1)])),
  (roll) => pick(roll, [new Map([['ns', 'cimplify.link']]), new Date(NaN), /init/, new Uint8Array(8), new Error('junk'), new Proxy({}, { get: () => { throw new Error('touched'); }, ownKeys: () => { throw new Error('touched'); } })]),
  () => { const cycle = /** @type {any} */ ({ ns: 'cimplify.link', v: 1, type: 'init' }); cycle.options = cycle; return cycle; },
  () => ({ ns: 'cimplify.link', v: 1, get type() { throw new Error('touched'); } }),
];

/** @param {() => number} roll @param {number} [depth] @returns {unknown} */
function junk(roll, depth = 0) {
  return depth > 4 ? null : pick(roll, KINDS)(roll, depth);
}

/** A right message with one thing wrong in it. @param {() => number} roll @param {Record<string, unknown>} right @param {string[]} needed */
function spoilt(roll, right, needed) {
  const name = pick(roll, needed);
  const { [name]: value, ...rest } = right;
  const wrong = roll() < 0.3 ? rest : { ...rest, [name]: junk(roll) };
  return Object.is(/** @type {any} */ (wrong)[name], value) ? rest : wrong;
}

const OURS = { ns: 'cimplify.link', v: 1 };
const CHALLENGE = 'A'.repeat(43);
const INIT = { ...OURS, type: 'init', code_challenge: CHALLENGE, bootstrap_token: `elb_${'a'.repeat(40)}`, options: {} };

test('a reader of messages throws at nothing and takes nothing that is not whole', () => {
  const roll = dice(SEED);
  for (let round = 0; round < ROUNDS; round += 1) {
    const value = junk(roll);
    for (const read of [readReady, readInit, readCommand, readEvent]) {
      const taken = read(value);
      if (taken !== null) assert.equal(/** @type {any} */ (value).ns, 'cimplify.link', `round ${round}`);
    }
    assert.equal(readReady(spoilt(roll, { ...OURS, type: 'ready', code_challenge: 'short', versions: [1] }, ['ns', 'v', 'type', 'versions'])), null);
    assert.equal(readInit(spoilt(roll, INIT, ['ns', 'v', 'type'])), null, `round ${round}`);
    assert.equal(readCommand(spoilt(roll, { ...OURS, type: 'logout', id: 'a' }, ['ns', 'v'])), null, `round ${round}`);
  }
});

test('attack 57: junk reaches neither a connecting frame nor a connected one, from whatever window', async () => {
  const { element, network, said, shown, events, hear, answer, pass, time } = frame();
  void element.start();
  await pass(10);
  const roll = dice(SEED + 1);
  const flood = async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      hear(messageEvent({ origin: pick(roll, [SHOP, LINK, 'null', 'https://evil.example']), data: round % 2 ? junk(roll) : spoilt(roll, { ...INIT, code_challenge: said.at(-1).code_challenge }, ['ns', 'v', 'type', 'code_challenge']) }), roll() < 0.5);
    }
    await settle();
  };
  await flood();
  assert.equal(network.sent.length, 0);
  await answer();
  await pass(1_000);
  const before = [network.sent.length, shown.length, events.length, time.timers.size];
  await flood();
  await pass(1_000);
  assert.deepEqual([network.sent.length, shown.length, events.length, time.timers.size], before);
  assert.equal(network.to('init').length, 1);
});

test('attack 57: junk on the port is no command, and junk from a frame no event', async () => {
  const roll = dice(SEED + 2);
  const inFrame = frame();
  await inFrame.connect();
  const told = inFrame.events.length;
  const inShop = shop();
  await inShop.connect();
  const heard = inShop.events.length;
  for (let round = 0; round < 1_000; round += 1) {
    const value = round % 2 ? junk(roll) : spoilt(roll, { ...OURS, type: 'refresh', id: 'a' }, ['ns', 'v']);
    inFrame.port().postMessage(value);
    inShop.port().postMessage(value);
    await inShop.hear(value, { source: pick(roll, [null, {}, inShop.iframe.contentWindow]), origin: pick(roll, ['null', SHOP, 'https://evil.example']) });
  }
  await settle();
  assert.equal(inFrame.events.length, told);
  assert.equal(inFrame.network.sent.length, 1);
  assert.equal(inShop.events.length, heard);
  assert.deepEqual(inShop.reported, []);
  assert.equal(inShop.network.sent.length, 1);
});
