/** What the SDK makes of gateways, dead zones and hidden pages: `docs/protocol.md#deadlines`. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { CHALLENGE, LINK, OTHER_CHALLENGE, granted, ready, shop } from '../../support/js/fake-shop.js';
import { refusal } from '../../support/js/fakes.js';

const MINUTE_MS = 60_000;

/** @param {ReturnType<typeof shop>} page */
const load = ({ iframe }) => void iframe.dispatchEvent(new Event('load'));
/** @param {ReturnType<typeof shop>} page @param {boolean} isHidden */
const show = ({ time, document }, isHidden) => {
  time.isHidden = isHidden;
  document.dispatchEvent(new Event('visibilitychange'));
};
const isDocument = (/** @type {string} */ url) => url.startsWith(`${LINK}/elements/auth?`);

test('a gateway that answers for the document alone is no blocked frame, and is asked again', async () => {
  for (const [reply, code] of /** @type {const} */ ([[{ status: 502 }, 'network'], [{ status: 503 }, 'network'], ['lost', 'network'], [{ status: 429 }, 'network'], [{ status: 403 }, 'network'], [{ status: 404 }, 'network'], [{ status: 200, headers: { 'Content-Type': 'text/html' } }, 'network'], [{ status: 204 }, 'embed_blocked']])) {
    const page = shop({ answer: ({ url }) => (isDocument(url) ? reply : { status: 200 }) });
    load(page);
    await page.time.advance(10_000);
    assert.deepEqual(page.codes(), [code], JSON.stringify(reply));
    const [, asked] = page.network.sent;
    assert.deepEqual([asked?.request.method, asked?.url, asked?.request.credentials], ['HEAD', page.iframe.src, 'omit']);
  }
  const late = shop({ answer: ({ url }) => (isDocument(url) ? { status: 502 } : { status: 200 }) });
  await late.time.advance(8_500);
  load(late);
  await late.time.advance(6_000);
  assert.deepEqual(late.codes(), ['network']);
});

test('a document that a gateway failed to bring is loaded a second time before anything is told, and no third time', async () => {
  const page = shop();
  load(page);
  await page.time.advance(4_999);
  assert.equal(page.iframe.reloads, 0);
  await page.time.advance(1);
  assert.equal(page.iframe.reloads, 1);
  await page.connect();
  await page.time.advance(MINUTE_MS);
  assert.deepEqual([page.codes(), page.handle.state, page.iframe.reloads], [[], 'guest', 1]);

  const blocked = shop();
  load(blocked);
  await blocked.time.advance(MINUTE_MS);
  assert.deepEqual([blocked.codes(), blocked.iframe.reloads], [['embed_blocked'], 1]);
});

test('after a dead zone that no event ended, the handshake starts over, and until then the service is asked ever more seldom', async () => {
  const page = shop({ answer: () => 'lost' });
  await page.receive(ready());
  await page.time.advance(5_000);
  assert.deepEqual(page.codes(), ['network']);
  await page.time.advance(5 * MINUTE_MS);
  const probes = page.network.sent.filter(({ request }) => request.method === 'HEAD').length;
  assert.deepEqual([page.codes(), page.handle.state, probes > 5 && probes < 12], [['network'], 'failed', true], `${probes} probes`);
  page.network.answer = granted;
  await page.time.advance(MINUTE_MS + 5_000);
  await page.say('initialized', { state: 'guest' });
  assert.deepEqual([page.codes(), page.handle.state], [['network'], 'guest']);
  assert.equal(page.time.timers.size, 0);
});

/** @param {ReturnType<typeof shop>} page */
const tries = ({ network }) => network.sent.filter(({ request }) => request.method === 'POST').length;
/** Let time pass until the frame got `init`, and let it answer. @param {ReturnType<typeof shop>} page @param {number} minutes */
async function answered(page, minutes) {
  const { received } = page.iframe.contentWindow;
  const before = received.length;
  for (let second = 0; second < 60 * minutes && received.length === before; second += 1) await page.time.advance(1_000);
  await page.say('initialized', { state: 'guest' });
}
/** A service that serves its files and answers no handshake. @param {Record<string, string>} [headers] @returns {(sent: import('../../support/js/fakes.js').Sent) => import('../../support/js/fakes.js').Reply} */
const broken = (headers = {}) => ({ request }) => (request.method === 'HEAD' ? { status: 200 } : { status: 503, headers });

test('while only the handshake fails, the shop is told once, and no sooner asked than the server allows', async () => {
  const page = shop({ answer: broken({ 'Retry-After': '600' }) });
  await page.receive(ready());
  assert.deepEqual([page.codes(), tries(page)], [['network'], 1]);
  for (let at = 0; at < 10; at += 1) {
    await page.time.advance(MINUTE_MS - 1_000);
    show(page, true);
    show(page, false);
    page.window.dispatchEvent(new Event('online'));
  }
  assert.equal(tries(page), 1);
  await page.time.advance(3 * MINUTE_MS); // each client adds up to a quarter
  assert.equal(tries(page), 2);
  await page.time.advance(60 * MINUTE_MS);
  assert.deepEqual([page.codes(), page.handle.state], [['network'], 'failed']);
  await assert.rejects(page.handle.ready, { code: 'network' });
  page.network.answer = granted;
  await answered(page, 13);
  assert.deepEqual([page.codes(), page.handle.state], [['network'], 'guest']);
  page.network.answer = () => 'lost';
  await page.receive(ready(OTHER_CHALLENGE));
  await page.time.advance(5_000);
  assert.deepEqual(page.codes(), ['network', 'network'], 'after a success, a failure is news again');
  assert.equal(page.handle.state, 'failed');
});

test('a short `Retry-After` shortens no pause, and that of a probe counts too', async () => {
  const page = shop({ answer: broken({ 'Retry-After': '1' }) });
  await page.receive(ready());
  await page.time.advance(10 * MINUTE_MS);
  assert.equal(tries(page) < 3 * 16, true, `${tries(page)} tries in ten minutes`);

  const down = shop({ answer: () => ({ status: 503, headers: { 'Retry-After': '300' } }) });
  await down.receive(ready());
  await down.time.advance(30 * MINUTE_MS);
  assert.equal(down.network.sent.length < 8, true, `${down.network.sent.length} requests in half an hour`);
});

test('a network that swallows every call is a `timeout`, after which the handshake starts over as after any outage', async () => {
  const page = shop({ answer: () => 'silent' });
  await page.receive(ready());
  await page.time.advance(5 * MINUTE_MS);
  assert.deepEqual([page.codes(), page.handle.state], [['timeout'], 'failed']);
  page.network.answer = granted;
  await answered(page, 2);
  assert.deepEqual([page.codes(), page.handle.state], [['timeout'], 'guest']);
});

test('too many handshakes are made again when the time is over that the server named', async () => {
  const page = shop({ answer: ({ request }) => (request.method === 'HEAD' ? { status: 200 } : refusal(429, 'RATE_LIMITED', { 'Retry-After': '60' })) });
  await page.receive(ready());
  await page.time.advance(MINUTE_MS - 1_000);
  assert.deepEqual([page.codes(), tries(page)], [['rate_limited'], 1]);
  page.network.answer = granted;
  await answered(page, 1);
  assert.deepEqual([page.codes(), page.handle.state], [['rate_limited'], 'guest']);
});

test('a frame of another version ends the retries of the document before it', async () => {
  const page = shop({ answer: () => 'lost' });
  await page.receive(ready());
  await page.time.advance(5_000);
  await page.receive(ready(OTHER_CHALLENGE, [2]));
  page.network.answer = granted;
  await page.time.advance(10 * MINUTE_MS);
  assert.deepEqual([page.codes(), page.handle.state, page.iframe.contentWindow.received.length, page.iframe.reloads], [['network', 'unsupported_version'], 'failed', 0, 0]);
});

test('failures that alternate are told once each, and none counts as told while nobody listens', async () => {
  const page = shop({ answer: () => 'lost' });
  await page.receive(ready());
  for (let at = 0; at < 10; at += 1) {
    page.network.isUp = at % 2 === 0;
    page.window.dispatchEvent(new Event('online'));
    await page.time.advance(5_000);
  }
  assert.deepEqual(page.codes().sort(), ['network', 'offline']);
});

test('in a session every error is told, and none of them hides the failure of the next handshake', async () => {
  const failure = { code: 'network', retryable: true, message: 'x' };
  const page = shop();
  await page.connect();
  await page.say('error', failure);
  await page.say('error', failure);
  assert.deepEqual(page.codes(), ['network', 'network']);
  await page.receive(ready(OTHER_CHALLENGE));
  await page.say('error', failure);
  assert.deepEqual(page.codes(), ['network', 'network', 'network']);

  const other = shop();
  await other.receive(ready());
  await other.say('error', { ...failure, id: 'c1' });
  await other.say('error', failure);
  assert.deepEqual([other.codes(), other.handle.state], [['network', 'network'], 'failed']);
});

test('an iframe whose address a script of the page took away or changed is left alone, and the question goes to the address of before', async () => {
  const page = shop({ answer: () => ({ status: 200 }) });
  const address = page.iframe.src;
  page.iframe.src = '';
  load(page);
  await page.time.advance(11_000);
  assert.deepEqual([page.iframe.replaced, page.codes()], [[], ['embed_blocked']]);
  assert.deepEqual(page.network.sent.map(({ url }) => url), [`${LINK}/elements/sdk/v1.js`, address]);
});

test('an iframe that shows another address after an outage is waited for, not watched until it is removed', async () => {
  const page = shop({ answer: () => 'lost' });
  const address = page.iframe.src;
  load(page);
  await page.time.advance(10_000);
  page.iframe.src = 'about:blank';
  page.network.answer = granted;
  await page.time.advance(10 * MINUTE_MS);
  assert.deepEqual([page.codes(), page.iframe.isInPage, page.time.timers.size], [['network'], true, 0]);
  page.iframe.src = address;
  await page.connect();
  assert.equal(page.handle.state, 'guest');
});

test('an iframe that left the page is not loaded again', async () => {
  const page = shop();
  await page.receive(ready());
  await page.time.advance(MINUTE_MS);
  Object.assign(page.iframe, { contentWindow: null });
  page.window.dispatchEvent(new Event('online'));
  await page.time.advance(MINUTE_MS);
  assert.equal(page.iframe.reloads, 0);
});

test('a frame whose own half fails again and again tells the shop once; another failure is told', async () => {
  const page = shop();
  const failure = { code: 'network', retryable: true, message: 'The service cannot be reached.' };
  for (const challenge of [CHALLENGE, OTHER_CHALLENGE]) {
    await page.receive(ready(challenge));
    await page.say('error', failure);
  }
  assert.deepEqual([page.codes(), page.handle.state], [['network'], 'failed']);
  await page.receive(ready(`y${CHALLENGE.slice(1)}`));
  await page.say('error', { ...failure, code: 'bootstrap_expired' });
  assert.deepEqual(page.codes(), ['network', 'bootstrap_expired']);
});

test('a frame that did not load in a dead zone is loaded again once the service answers', async () => {
  const page = shop({ answer: () => 'lost' });
  load(page);
  await page.time.advance(10_000);
  assert.deepEqual([page.codes(), page.iframe.reloads], [['network'], 0]);
  await page.time.advance(MINUTE_MS);
  assert.equal(page.iframe.reloads, 0);
  page.network.answer = granted;
  await page.time.advance(MINUTE_MS + 5_000);
  assert.notEqual(page.iframe.reloads, 0);
  await page.receive(ready(OTHER_CHALLENGE));
  await page.say('initialized', { state: 'guest' });
  assert.equal(page.handle.state, 'guest');
});

test('a customer who comes back to the page waits for no pause, and a hidden page asks for nothing', async () => {
  const page = shop({ answer: () => 'lost' });
  await page.receive(ready());
  await page.time.advance(5_000);
  show(page, true);
  const sent = page.network.sent.length;
  page.network.answer = granted;
  await page.time.advance(10 * MINUTE_MS);
  assert.equal(page.network.sent.length, sent);
  show(page, false);
  await page.time.advance(0);
  await page.say('initialized', { state: 'guest' });
  assert.equal(page.handle.state, 'guest');
});

test('a probe that was cut off while the page was hidden decides nothing', async () => {
  const replies = /** @type {import('../../support/js/fakes.js').Reply[]} */ (['silent']);
  const page = shop({ answer: () => replies.shift() ?? granted() });
  page.iframe.contentDocument = null;
  await page.time.advance(5_500);
  show(page, true);
  await page.time.advance(MINUTE_MS); // the probe's own deadline passes unseen
  show(page, false);
  await page.time.advance(9_000);
  assert.deepEqual(page.codes(), []);
  load(page);
  await page.connect();
  assert.deepEqual([page.codes(), page.handle.state], [[], 'guest']);

  const seen = shop({ answer: () => 'silent' });
  await seen.time.advance(10_000);
  assert.deepEqual(seen.codes(), ['network']);
});

test('a frame whose code was lost after `ready` is loaded again once its time is over', async () => {
  const page = shop();
  await page.receive(ready());
  await page.time.advance(MINUTE_MS);
  assert.deepEqual([page.codes(), page.iframe.reloads], [['timeout'], 0]);
  await page.time.advance(5_000);
  assert.equal(page.iframe.reloads, 1);
  await page.receive(ready(OTHER_CHALLENGE));
  await page.say('initialized', { state: 'guest' });
  await page.time.advance(MINUTE_MS);
  assert.deepEqual([page.codes(), page.handle.state, page.iframe.reloads], [['timeout'], 'guest', 1]);
});

test('nothing is asked for an element that was removed', async () => {
  const page = shop({ answer: () => 'lost' });
  await page.receive(ready());
  await page.time.advance(5_000);
  page.handle.destroy();
  const sent = page.network.sent.length;
  page.window.dispatchEvent(new Event('online'));
  show(page, false);
  await page.time.advance(10 * MINUTE_MS);
  assert.deepEqual([page.network.sent.length, page.time.timers.size], [sent, 0]);
});
