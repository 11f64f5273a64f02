import assert from 'node:assert/strict';
import test from 'node:test';

import { begin, sayReady } from '../../../static/frame/protocol/beginning.js';
import { awaitInit } from '../../../static/frame/protocol/handshake.js';
import { challengeOf } from '../../../static/frame/session/pkce.js';
import { FakePort, FakeTime, messageEvent } from '../../support/js/fakes.js';

const SHOP = 'https://shop.example';
const TOKEN = `elb_${'a'.repeat(40)}`;

function page() {
  /** @type {{ data: any, targetOrigin: string }[]} */
  const posted = [];
  const parent = { postMessage: (/** @type {any} */ data, /** @type {string} */ targetOrigin) => posted.push({ data, targetOrigin }) };
  /** @type {any} */
  const window = Object.assign(new EventTarget(), { parent });
  return { window, parent, posted };
}

test('`ready` is said once the challenge of a new verifier is made, to the shop’s origin alone', async () => {
  const { window, posted } = page();
  const { verifier, challenge } = begin(window, crypto, SHOP);
  assert.match(verifier, /^[A-Za-z0-9_-]{43}$/);
  assert.equal(await challenge, await challengeOf(crypto, verifier));
  assert.deepEqual(posted, [{ data: { ns: 'cimplify.link', v: 1, type: 'ready', code_challenge: await challenge, versions: [1] }, targetOrigin: SHOP }]);
  assert.notEqual(begin(window, crypto, SHOP).verifier, verifier);
});

test('an init that came before the code is checked and taken by it, and nothing is kept twice', async () => {
  const { window, parent } = page();
  const begun = begin(window, crypto, SHOP);
  const challenge = await begun.challenge;
  const init = { ns: 'cimplify.link', v: 1, type: 'init', code_challenge: challenge, bootstrap_token: TOKEN, options: {} };
  const port = /** @type {any} */ (new FakePort());
  const receive = (/** @type {any} */ event) => void window.dispatchEvent(messageEvent({ source: parent, origin: SHOP, data: init, ports: [port], ...event }));
  receive({ source: {} });
  receive({ origin: 'https://evil.example', ports: [new FakePort()] });
  receive({ data: { ...init, code_challenge: `x${challenge.slice(1)}` }, ports: [new FakePort()] });
  receive({});
  receive({ ports: [] });
  receive({ ports: [new FakePort(), new FakePort()] });
  const heard = begun.takeHeard();
  receive({});
  assert.equal(heard.length, 2);
  const taken = await awaitInit(window, new FakeTime(), { challenge, parentOrigin: SHOP, heard, onSilence: () => {} }, new AbortController().signal);
  assert.deepEqual([taken.bootstrapToken, taken.port, taken.parentOrigin], [TOKEN, port, SHOP]);
});

test('a page that talks on and on fills no memory before the code is there', async () => {
  const { window, parent } = page();
  const begun = begin(window, crypto, SHOP);
  for (let said = 0; said < 1_000; said += 1) window.dispatchEvent(messageEvent({ source: parent, origin: SHOP, data: said, ports: [/** @type {any} */ (new FakePort())] }));
  assert.equal(begun.takeHeard().length, 16);
});

test('nothing but a challenge leaves by `ready`', () => {
  const { window, posted } = page();
  for (const text of ['', 'short', TOKEN, 'a@mail.example']) assert.throws(() => sayReady(window, text, SHOP));
  assert.deepEqual(posted, []);
});
