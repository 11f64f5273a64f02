import assert from 'node:assert/strict';
import test from 'node:test';

import { dropReason, stepOfExchange } from '../../static/harness/scenarios/steps.js';
import { Timeline } from '../../static/harness/views/timeline.js';

const LINK = 'http://link.localhost:4242';
const SHOP = 'http://shop.localhost:4242';
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
const TOKEN = `elb_${'a'.repeat(40)}`;
const READY = { ns: 'cimplify.link', v: 1, type: 'ready', code_challenge: CHALLENGE, versions: [1] };

/** @param {Partial<import('../../static/harness/scenarios/steps.js').Entry>} seen @returns {import('../../static/harness/scenarios/steps.js').Entry} */
function exchange(seen) {
  const nothing = { query: {}, origin: null, sec_fetch_site: null, sec_fetch_dest: null, error: null, outcome: null, frame_ancestors: null, retry_after: null, fault: null, revoked: null, code_of: null, dpop: false, claims: null, session: null };
  return { seq: 1, host: 'link', method: 'POST', path: '/v1/link/elements/init', status: 200, started_at: 1000, ms: 2, ...nothing, ...seen };
}

/** @param {Partial<import('../../static/harness/scenarios/steps.js').WindowMessage>} heard @param {string[]} seen */
function reasonFor(heard, seen = []) {
  return dropReason({ at: 0, data: READY, origin: LINK, isFromElement: true, ...heard }, LINK, new Set(seen));
}

test('a ready of the element is accepted; any other message is dropped with the first failed check', () => {
  assert.equal(reasonFor({}), null);
  assert.match(String(reasonFor({ isFromElement: false, origin: SHOP, data: null })), /source/);
  assert.match(String(reasonFor({ origin: SHOP, data: null })), /origin/);
  for (const data of [null, 5, 'ready', {}, { ...READY, v: 2 }, { ...READY, ns: 'x' }, { ...READY, type: 'init' }]) {
    assert.match(String(reasonFor({ data })), /not a ready/);
  }
  assert.match(String(reasonFor({}, [CHALLENGE])), /seen before/);
});

test('the arrow of an exchange starts in the lane of its Origin and ends at the API', () => {
  assert.equal(stepOfExchange(exchange({ origin: LINK }))?.from, 'frame');
  assert.equal(stepOfExchange(exchange({ origin: SHOP }))?.from, 'shop');
  const evil = stepOfExchange(exchange({ origin: 'http://evil.localhost:4242', status: 403, error: 'ORIGIN_NOT_ALLOWED', path: '/v1/link/elements/bootstrap' }));
  assert.deepEqual([evil?.from, evil?.label, evil?.outcome, evil?.reason], ['shop', 'evil: bootstrap', 'refused', 'ORIGIN_NOT_ALLOWED']);
});

test('the step of the frame’s document shows who may embed it; modules and the shops’ own pages have no step', () => {
  const found = stepOfExchange(exchange({ method: 'GET', path: '/elements/auth', sec_fetch_dest: 'iframe', frame_ancestors: "'none'" }));
  assert.deepEqual([found?.from, found?.outcome, found?.reason], ['frame', 'refused', "frame-ancestors 'none'"]);
  assert.equal(stepOfExchange(exchange({ method: 'GET', path: '/elements/sdk/v1.js' })), null);
  assert.equal(stepOfExchange(exchange({ host: 'evil', method: 'GET', path: '/embed', sec_fetch_dest: 'iframe' })), null);
});

test('a lost answer is not a success', () => {
  const step = stepOfExchange(exchange({ fault: 'lose', outcome: 'rotated' }));
  assert.deepEqual([step?.outcome, step?.result], ['lost', '200 rotated · 2.0 ms']);
});

test('a call that the network lost, and one that only the gateway met, say so', () => {
  const lost = stepOfExchange(exchange({ fault: 'offline', status: 0 }));
  assert.deepEqual([lost?.outcome, lost?.result, lost?.reason], ['lost', 'no answer · 2.0 ms', 'connection reset, not processed']);
  const met = stepOfExchange(exchange({ fault: 'down', status: 503 }));
  assert.deepEqual([met?.outcome, met?.result, met?.reason], ['refused', '503 · 2.0 ms', 'the gateway’s page']);
});

test('steps are ordered by time, in whatever order they arrive', () => {
  const timeline = new Timeline(LINK);
  timeline.start(1000);
  timeline.addObservation({ via: 'port', direction: 'received', at: 1030, data: { type: 'initialized', state: 'guest' }, port: 1 }, false);
  timeline.addExchange(exchange({ origin: LINK, started_at: 1010 }));
  timeline.addObservation({ via: 'window', direction: 'received', at: 1005, data: READY, origin: LINK }, true);
  assert.deepEqual(timeline.steps.map(({ label }) => label), ['ready', 'init', 'initialized']);
});

test('exchanges of an earlier run are ignored', () => {
  const timeline = new Timeline(LINK);
  timeline.start(2000);
  timeline.addExchange(exchange({ started_at: 1990 }));
  assert.deepEqual(timeline.steps, []);
});

test('the port created after the bootstrap call stands for init; any other port does not', () => {
  const timeline = new Timeline(LINK);
  timeline.start(0);
  timeline.addObservation({ via: 'port', direction: 'opened', at: 1, data: null, port: 1 }, false);
  assert.equal(timeline.steps.length, 0);
  timeline.addObservation({ via: 'window', direction: 'received', at: 2, data: READY, origin: LINK }, true);
  const request = { element: 'payment', code_challenge: CHALLENGE };
  timeline.addObservation({ via: 'fetch', direction: 'sent', at: 3, data: request }, false);
  timeline.addObservation({ via: 'fetch', direction: 'received', at: 4, data: { success: true, data: { bootstrap_token: TOKEN } }, request }, false);
  timeline.addObservation({ via: 'port', direction: 'opened', at: 5, data: null, port: 2 }, false);
  const init = timeline.steps.at(-1);
  assert.equal(init?.label, 'init');
  assert.deepEqual(init?.data, { ns: 'cimplify.link', v: 1, type: 'init', code_challenge: CHALLENGE, bootstrap_token: TOKEN, options: {} });
});

test('messages of the hidden element are told apart, also where two handshakes go on at once', () => {
  const timeline = new Timeline(LINK);
  timeline.start(0);
  const [shown, hidden] = [CHALLENGE, CHALLENGE.replace('E', 'F')].map((challenge) => ({ element: 'payment', code_challenge: challenge }));
  timeline.addObservation({ via: 'window', direction: 'received', at: 1, data: READY, origin: LINK }, true);
  timeline.addObservation({ via: 'window', direction: 'received', at: 2, data: { ...READY, code_challenge: hidden?.code_challenge }, origin: LINK }, true, true);
  for (const data of [shown, hidden]) timeline.addObservation({ via: 'fetch', direction: 'sent', at: 3, data }, false);
  for (const request of [hidden, {}, shown]) timeline.addObservation({ via: 'fetch', direction: 'received', at: 4, data: { data: { bootstrap_token: TOKEN } }, request }, false);
  for (const port of [1, 2]) timeline.addObservation({ via: 'port', direction: 'opened', at: 5, data: null, port }, false);
  for (const port of [1, 2]) timeline.addObservation({ via: 'port', direction: 'received', at: 6, data: { type: 'authenticated' }, port }, false);
  assert.deepEqual(timeline.steps.map(({ label, outcome }) => [label, outcome].join()), ['ready,ok', 'hidden: ready,ok', 'hidden: init,ok', 'init,ok', 'hidden: authenticated,ok', 'authenticated,ok']);
});

test('the received messages are all messages to the shop, also dropped ones, and none of its own', () => {
  const timeline = new Timeline(LINK);
  timeline.start(0);
  timeline.addObservation({ via: 'window', direction: 'received', at: 1, data: READY, origin: LINK }, true);
  timeline.addObservation({ via: 'window', direction: 'received', at: 2, data: READY, origin: SHOP }, false);
  timeline.addObservation({ via: 'port', direction: 'sent', at: 3, data: { type: 'refresh' }, port: 1 }, false);
  timeline.addObservation({ via: 'port', direction: 'received', at: 4, data: { type: 'error', code: 'network' }, port: 1 }, false);
  assert.deepEqual(timeline.received.map(({ via }) => via), ['window', 'window', 'port']);
  assert.deepEqual(timeline.steps.map(({ outcome }) => outcome), ['ok', 'dropped', 'ok', 'refused']);
});

test('listeners are called at each change, until they are removed', () => {
  const timeline = new Timeline(LINK);
  let told = 0;
  const stop = timeline.onChange(() => { told += 1; });
  timeline.start(0);
  timeline.addNote('a note', 1, 'shop');
  const [note] = timeline.steps;
  if (note) timeline.markDropped(note, 'no reason');
  assert.equal(told, 3);
  stop();
  timeline.start(0);
  assert.equal(told, 3);
});

test('a same-origin read without an Origin header belongs to the frame', () => {
  const lane = (/** @type {any} */ seen) => stepOfExchange(exchange({ method: 'GET', path: '/v1/link/data', ...seen }))?.from;
  assert.deepEqual([lane({ sec_fetch_site: 'same-origin' }), lane({ sec_fetch_site: 'cross-site', origin: SHOP }), lane({})], ['frame', 'shop', 'shop']);
});

test('a proof is marked, with ✓ only where the token is bound to its key', () => {
  const claims = { sid: 'els_1', iat: 1, exp: 2, amr: [] };
  const result = (/** @type {any} */ seen) => stepOfExchange(exchange(seen))?.result;
  assert.equal(result({}), '200 · 2.0 ms');
  assert.equal(result({ dpop: true, claims }), '200 · 2.0 ms · DPoP');
  assert.equal(result({ dpop: true, claims: { ...claims, cnf: { jkt: 'x' } } }), '200 · 2.0 ms · DPoP ✓');
});
