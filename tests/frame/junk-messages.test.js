import assert from 'node:assert/strict';
import test from 'node:test';

import { LINK, SHOP, frame } from '../support/js/fake-frame.js';
import { shop } from '../support/js/fake-shop.js';
import { messageEvent, settle } from '../support/js/fakes.js';
import { seededRandom, junk, pick, corrupted } from '../support/js/junk.js';
import { readCommand, readEvent, readInit, readReady } from '../../static/sdk/wire.js';

const SEED = 20_260_729;
const ROUNDS = 4_000;

const OURS = { ns: 'cimplify.link', v: 1 };
const CHALLENGE = 'A'.repeat(43);
const INIT = { ...OURS, type: 'init', code_challenge: CHALLENGE, bootstrap_token: `elb_${'a'.repeat(40)}`, options: {} };

test('a message reader never throws, and accepts complete messages only', () => {
  const random = seededRandom(SEED);
  for (let round = 0; round < ROUNDS; round += 1) {
    const value = junk(random);
    for (const read of [readReady, readInit, readCommand, readEvent]) {
      const taken = read(value);
      if (taken !== null) assert.equal(/** @type {any} */ (value).ns, 'cimplify.link', `round ${round}`);
    }
    assert.equal(readReady(corrupted(random, { ...OURS, type: 'ready', code_challenge: CHALLENGE, versions: [1] }, ['ns', 'v', 'type'])), null, `round ${round}`);
    assert.equal(readInit(corrupted(random, INIT, ['ns', 'v', 'type'])), null, `round ${round}`);
    assert.equal(readCommand(corrupted(random, { ...OURS, type: 'logout', id: 'a' }, ['ns', 'v'])), null, `round ${round}`);
  }
});

test('attack 57: junk reaches neither a connecting nor a connected frame, from any window', async () => {
  const { element, network, posted, shown, events, receive, answer, advance, time } = frame();
  void element.start();
  await advance(10);
  const random = seededRandom(SEED + 1);
  const flood = async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      receive(messageEvent({ origin: pick(random, [SHOP, LINK, 'null', 'https://evil.example']), data: round % 2 ? junk(random) : corrupted(random, { ...INIT, code_challenge: posted.at(-1).code_challenge }, ['ns', 'v', 'type', 'code_challenge']) }), random() < 0.5);
    }
    await settle();
  };
  await flood();
  assert.equal(network.sent.length, 0);
  await answer();
  await advance(1_000);
  const before = [network.sent.length, shown.length, events.length, time.timers.size];
  await flood();
  await advance(1_000);
  assert.deepEqual([network.sent.length, shown.length, events.length, time.timers.size], before);
  assert.equal(network.to('init').length, 1);
});

test('attack 57: junk on the port is no command, and junk from a frame no event', async () => {
  const random = seededRandom(SEED + 2);
  const inFrame = frame();
  await inFrame.connect();
  const told = inFrame.events.length;
  const inShop = shop();
  await inShop.connect();
  const heard = inShop.events.length;
  for (let round = 0; round < 1_000; round += 1) {
    const value = round % 2 ? junk(random) : corrupted(random, { ...OURS, type: 'refresh', id: 'a' }, ['ns', 'v']);
    inFrame.port().postMessage(value);
    inShop.port().postMessage(value);
    await inShop.receive(value, { source: pick(random, [null, {}, inShop.iframe.contentWindow]), origin: pick(random, ['null', SHOP, 'https://evil.example']) });
  }
  await settle();
  assert.equal(inFrame.events.length, told);
  assert.equal(inFrame.network.sent.length, 1);
  assert.equal(inShop.events.length, heard);
  assert.deepEqual(inShop.reported, []);
  assert.equal(inShop.network.sent.length, 1);
});
