import assert from 'node:assert/strict';
import test from 'node:test';

import { awaitInit, inTime } from '../../../static/frame/protocol/handshake.js';
import { FakePort, FakeTime, messageEvent, settle } from '../../support/js/fakes.js';

const SHOP = 'https://shop.example';
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
const TOKEN = `elb_${'a'.repeat(40)}`;
const init = { ns: 'cimplify.link', v: 1, type: 'init', code_challenge: CHALLENGE, bootstrap_token: TOKEN, options: { appearance: { theme: 'dark' } } };

/** @param {any[]} [heard] */
function frame(heard = []) {
  const time = new FakeTime();
  /** @type {{ data: any, targetOrigin: string, at: number }[]} */
  const posted = [];
  const parent = { postMessage: (/** @type {any} */ data, /** @type {string} */ targetOrigin) => posted.push({ data, targetOrigin, at: time.ms }) };
  const opener = {};
  /** @type {any} */
  const window = Object.assign(new EventTarget(), { parent, opener });
  const giving = new AbortController();
  let silences = 0;
  /** @type {import('../../../static/frame/protocol/handshake.js').Init[]} */
  const taken = [];
  const waiting = awaitInit(window, time, { challenge: CHALLENGE, parentOrigin: SHOP, heard, onSilence: () => { silences += 1; } }, giving.signal);
  waiting.then((value) => taken.push(value), () => {});
  const receive = async (/** @type {any} */ event) => {
    window.dispatchEvent(messageEvent({ source: parent, origin: SHOP, data: init, ports: [new FakePort()], ...event }));
    await settle();
  };
  return { time, posted, opener, giving, waiting, taken, receive, silences: () => silences };
}

test('ready is said again to the shop’s origin alone, three times with the same challenge, until the answer', async () => {
  const { time, posted, silences, receive } = frame();
  await time.advance(19_999);
  assert.deepEqual(posted.map(({ at }) => at), [500, 1_500, 4_000]);
  for (const { data, targetOrigin } of posted) {
    assert.equal(targetOrigin, SHOP);
    assert.deepEqual(data, { ns: 'cimplify.link', v: 1, type: 'ready', code_challenge: CHALLENGE, versions: [1] });
  }
  assert.equal(silences(), 0);
  await time.advance(1);
  assert.equal(silences(), 1);
  await receive({});
  assert.equal(time.timers.size, 0);
});

test('nothing waits for a handshake that was given up before it began', async () => {
  const time = new FakeTime();
  const reason = new Error('given up');
  /** @type {any} */
  const window = new EventTarget();
  let outcome = null;
  awaitInit(window, time, { challenge: CHALLENGE, parentOrigin: SHOP, heard: [], onSilence: () => {} }, AbortSignal.abort(reason)).catch((error) => { outcome = error; });
  await settle();
  assert.deepEqual([outcome, time.timers.size], [reason, 0]);
});

test('the answer ends the repetition of `ready`', async () => {
  const { time, posted, receive, taken, silences } = frame();
  await time.advance(600);
  await receive({});
  assert.equal(taken.length, 1);
  assert.equal(taken[0]?.bootstrapToken, TOKEN);
  assert.equal(taken[0]?.parentOrigin, SHOP);
  await time.advance(60_000);
  assert.equal(posted.length, 1);
  assert.equal(silences(), 0);
});

test('an init that is wrong in anything is ignored and does not use up the right one', async () => {
  const { opener, receive, taken } = frame();
  const wrong = [
    { source: {} }, { source: opener }, { source: null }, { origin: 'https://evil.example' }, { origin: 'null' }, { origin: `${SHOP}/` },
    { ports: [] }, { ports: [new FakePort(), new FakePort()] },
    { data: null }, { data: 'init' }, { data: { ...init, code_challenge: `x${CHALLENGE.slice(1)}` } }, { data: { ...init, bootstrap_token: 'elb_' } },
    { data: { ...init, v: 2 } }, { data: { ...init, options: [] } }, { data: { ...init, filler: 'x'.repeat(1e6) } },
    { data: { ...init, link_token: `lnk_${'a'.repeat(20)}` } }, { data: { ...init, options: { token: TOKEN } } },
  ];
  for (const event of wrong) await receive(event);
  assert.equal(taken.length, 0);
  const port = /** @type {any} */ (new FakePort());
  await receive({ ports: [port] });
  assert.equal(taken[0]?.port, port);
});

test('init is taken once', async () => {
  const { receive, taken } = frame();
  await receive({});
  await receive({ data: { ...init, bootstrap_token: `elb_${'b'.repeat(40)}` } });
  assert.deepEqual(taken.map(({ bootstrapToken }) => bootstrapToken), [TOKEN]);
});

test('an abort leaves no timer and no listener', async () => {
  const { time, giving, waiting, receive, taken } = frame();
  giving.abort();
  await assert.rejects(waiting);
  await receive({});
  assert.equal(taken.length, 0);
  assert.equal(time.timers.size, 0);
});

test('a page that is not seen counts no silence', async () => {
  const { time, silences } = frame();
  await time.advance(12_000);
  time.isHidden = true;
  await time.advance(600_000);
  time.isHidden = false;
  await time.advance(7_999);
  assert.equal(silences(), 0);
  await time.advance(1);
  assert.equal(silences(), 1);
});

test('a call is cut off 20 s after its last answer', async () => {
  const time = new FakeTime();
  let answered = () => {};
  let reason = null;
  const calling = inTime(time, new AbortController().signal, (signal, onAnswer) => new Promise((_resolve, reject) => {
    answered = onAnswer;
    signal.addEventListener('abort', () => {
      reason = signal.reason;
      reject(signal.reason);
    });
  }));
  const cutOff = assert.rejects(calling, { code: 'timeout' });
  for (let answers = 0; answers < 3; answers += 1) {
    await time.advance(19_000);
    answered();
  }
  await time.advance(19_999);
  assert.equal(reason, null);
  await time.advance(1);
  await cutOff;
  assert.equal(time.timers.size, 0);
});

test('a call that ends in time leaves no timer, and the shop’s end reaches it', async () => {
  const time = new FakeTime();
  const life = new AbortController();
  assert.equal(await inTime(time, life.signal, async () => 7), 7);
  assert.equal(time.timers.size, 0);
  const calling = inTime(time, life.signal, (signal) => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))));
  life.abort(new Error('over'));
  await assert.rejects(calling, /over/);
  assert.equal(time.timers.size, 0);
});
