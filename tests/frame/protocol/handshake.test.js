import assert from 'node:assert/strict';
import test from 'node:test';

import { awaitInit } from '../../../static/frame/protocol/handshake.js';
import { FakePort, FakeTime, messageEvent, settle } from '../../support/js/fakes.js';

const SHOP = 'https://shop.example';
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
const TOKEN = `elb_${'a'.repeat(40)}`;
const init = { ns: 'cimplify.link', v: 1, type: 'init', code_challenge: CHALLENGE, bootstrap_token: TOKEN, options: { appearance: { theme: 'dark' } } };

function frame() {
  const time = new FakeTime();
  /** @type {{ data: any, targetOrigin: string, at: number }[]} */
  const said = [];
  const parent = { postMessage: (/** @type {any} */ data, /** @type {string} */ targetOrigin) => said.push({ data, targetOrigin, at: time.ms }) };
  const opener = {};
  /** @type {any} */
  const window = Object.assign(new EventTarget(), { parent, opener });
  const giving = new AbortController();
  let silences = 0;
  /** @type {import('../../../static/frame/protocol/handshake.js').Init[]} */
  const taken = [];
  const waiting = awaitInit(window, time, { challenge: CHALLENGE, parentOrigin: SHOP, onSilence: () => { silences += 1; } }, giving.signal);
  waiting.then((value) => taken.push(value), () => {});
  const hear = async (/** @type {any} */ event) => {
    window.dispatchEvent(messageEvent({ source: parent, origin: SHOP, data: init, ports: [new FakePort()], ...event }));
    await settle();
  };
  return { time, said, opener, giving, waiting, taken, hear, silences: () => silences };
}

test('ready is said to the shop’s origin alone, four times with the same challenge, until the answer', async () => {
  const { time, said, silences, hear } = frame();
  await time.pass(9_999);
  assert.deepEqual(said.map(({ at }) => at), [0, 500, 1_500, 4_000]);
  for (const { data, targetOrigin } of said) {
    assert.equal(targetOrigin, SHOP);
    assert.deepEqual(data, { ns: 'cimplify.link', v: 1, type: 'ready', code_challenge: CHALLENGE, versions: [1] });
  }
  assert.equal(silences(), 0);
  await time.pass(1);
  assert.equal(silences(), 1);
  await hear({});
  assert.equal(time.timers.size, 0);
});

test('the answer ends the asking', async () => {
  const { time, said, hear, taken, silences } = frame();
  await time.pass(600);
  await hear({});
  assert.equal(taken.length, 1);
  assert.equal(taken[0]?.bootstrapToken, TOKEN);
  assert.equal(taken[0]?.parentOrigin, SHOP);
  await time.pass(60_000);
  assert.equal(said.length, 2);
  assert.equal(silences(), 0);
});

test('an init that is wrong in anything is ignored and does not use up the right one', async () => {
  const { opener, hear, taken } = frame();
  const wrong = [
    { source: {} }, { source: opener }, { source: null }, { origin: 'https://evil.example' }, { origin: 'null' }, { origin: `${SHOP}/` },
    { ports: [] }, { ports: [new FakePort(), new FakePort()] },
    { data: null }, { data: 'init' }, { data: { ...init, code_challenge: `x${CHALLENGE.slice(1)}` } }, { data: { ...init, bootstrap_token: 'elb_' } },
    { data: { ...init, v: 2 } }, { data: { ...init, options: [] } }, { data: { ...init, filler: 'x'.repeat(1e6) } },
    { data: { ...init, link_token: `lnk_${'a'.repeat(20)}` } }, { data: { ...init, options: { token: TOKEN } } },
  ];
  for (const event of wrong) await hear(event);
  assert.equal(taken.length, 0);
  const port = /** @type {any} */ (new FakePort());
  await hear({ ports: [port] });
  assert.equal(taken[0]?.port, port);
});

test('init is taken once', async () => {
  const { hear, taken } = frame();
  await hear({});
  await hear({ data: { ...init, bootstrap_token: `elb_${'b'.repeat(40)}` } });
  assert.deepEqual(taken.map(({ bootstrapToken }) => bootstrapToken), [TOKEN]);
});

test('giving up leaves no timer and hears nothing', async () => {
  const { time, giving, waiting, hear, taken } = frame();
  giving.abort();
  await assert.rejects(waiting);
  await hear({});
  assert.equal(taken.length, 0);
  assert.equal(time.timers.size, 0);
});
