import assert from 'node:assert/strict';
import test from 'node:test';

import { LINK, SHOP, frame } from '../support/js/fake-frame.js';
import { shop } from '../support/js/fake-shop.js';
import { messageEvent, settle } from '../support/js/fakes.js';
import { dice, junk, pick, spoilt } from '../support/js/junk.js';
import { readCommand, readEvent, readInit, readReady } from '../../static/sdk/wire.js';

const SEED = 20_260_729;
const ROUNDS = 4_000;

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
    assert.equal(readReady(spoilt(roll, { ...OURS, type: 'ready', code_challenge: CHALLENGE, versions: [1] }, ['ns', 'v', 'type'])), null, `round ${round}`);
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
