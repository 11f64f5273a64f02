/** Answers that are not ours: of a bot check, a proxy or a hotel's network in front of the service. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { fetchOnce, isOurs } from '../../static/sdk/exchange.js';
import { granted, ready, shop } from '../support/js/fake-shop.js';
import { fakeEnv, FakeNetwork, FakeTime, refusal } from '../support/js/fakes.js';
import { FOREIGN, HTML } from '../support/js/foreign-answers.js';

for (const reply of FOREIGN) {
  test(`${reply.status} ${JSON.stringify(reply.body)} in place of the bootstrap is \`network\`, tried three times, and passes`, async () => {
    const page = shop({ answer: ({ request }) => (request.method === 'HEAD' ? { status: 200 } : reply) });
    await page.receive(ready());
    await page.time.advance(2_000);
    assert.deepEqual(page.events, [['error', { code: 'network', retryable: true, message: 'The service cannot be reached.' }]]);
    assert.equal(page.network.to('bootstrap').length, 3);
    page.network.answer = granted;
    await page.time.advance(10_000);
    await page.say('initialized', { state: 'guest' });
    assert.equal(page.handle.state, 'guest');
  });
}

test('a refusal of ours is final at once', async () => {
  const page = shop({ answer: () => refusal(403, 'ORIGIN_NOT_ALLOWED') });
  await page.receive(ready());
  await page.time.advance(2_000);
  assert.deepEqual([page.codes(), page.network.sent.length], [['origin_not_allowed'], 1]);
});

test('a bot check’s 429 is `network` as well, and holds the next handshake back; ours is `rate_limited`', async () => {
  const headers = { 'Retry-After': '60', 'X-Request-Id': '0123456789abcdef' };
  for (const [reply, code, request_id] of /** @type {const} */ ([[{ status: 429, headers, body: HTML }, 'network', undefined], [refusal(429, 'RATE_LIMITED', headers), 'rate_limited', '0123456789abcdef']])) {
    const page = shop({ answer: ({ request }) => (request.method === 'HEAD' ? { status: 200 } : reply) });
    await page.receive(ready());
    await page.time.advance(59_000);
    assert.deepEqual(page.events.map(([, said]) => [said.code, said.retryable, said.request_id]), [[code, true, request_id]]);
    assert.equal(page.network.to('bootstrap').length, 1);
  }
});

test('whoever answers a probe with 429 is not the service, which has no limit for it', async () => {
  const page = shop({ answer: () => ({ status: 429, headers: { 'Content-Type': 'text/html' } }) });
  page.iframe.dispatchEvent(new Event('load'));
  await page.time.advance(60_000);
  assert.deepEqual(page.codes(), ['network']);
});

test('a service that a foreign page answers for is not back yet', async () => {
  const page = shop({ answer: () => 'lost' });
  await page.receive(ready());
  await page.time.advance(2_000);
  for (const reply of [{ status: 403 }, { status: 200, headers: { 'Content-Type': 'text/html; charset=utf-8' } }]) {
    page.network.answer = () => reply;
    const before = page.network.to('bootstrap').length;
    await page.time.advance(200_000);
    assert.equal(page.network.to('bootstrap').length, before);
  }
});

test('answers of ours have the envelope that fits their status, with data or with an error that has a code', () => {
  const answer = { retryAfterMs: null, request_id: null, headers: new Headers() };
  const ours = [{ status: 200, body: { success: true, data: {} } }, { status: 201, body: { success: true, data: { id: 'addr_1' } } }, { status: 404, body: { success: false, error: { code: 'NOT_FOUND' } } }];
  for (const said of ours) assert.equal(isOurs({ ...answer, ...said }), true);
  for (const body of [null, 'x', [], {}, { error: 'denied' }, { error: {} }]) assert.equal(isOurs({ ...answer, status: 403, body }), false);
  for (const said of FOREIGN) assert.equal(isOurs({ ...answer, ...said }), false, JSON.stringify(said));
});

test('`Retry-After` is read as seconds or as a date, by the clock of the server where it is shown', async () => {
  const now = Date.UTC(2026, 10, 28, 12);
  const date = (/** @type {number} */ ms) => new Date(ms).toUTCString();
  const served = { Date: date(now) };
  const cases = /** @type {[Record<string, string>, number | null][]} */ ([
    [{ 'Retry-After': '7' }, 7_000], [{ 'Retry-After': date(now + 90_000), ...served }, 90_000], [{ 'Retry-After': date(now), ...served }, 0],
    [{ 'Retry-After': date(now - 60_000), ...served }, null], [{ 'Retry-After': date(now + 10 ** 12), ...served }, 86_400_000], [{ 'Retry-After': '999999' }, 86_400_000],
    [{ 'Retry-After': 'soon' }, null], [{ 'Retry-After': '-5' }, null], [{}, null],
  ]);
  const time = new FakeTime();
  for (const [headers, expected] of cases) {
    const env = fakeEnv(time, new FakeNetwork(() => ({ status: 503, headers })));
    const { retryAfterMs } = await fetchOnce(env, '/x', { headers: {} }, new AbortController().signal);
    assert.equal(retryAfterMs, expected, JSON.stringify(headers));
  }
  const own = fakeEnv(time, new FakeNetwork(() => ({ status: 503, headers: { 'Retry-After': date(Date.now() + 60_000) } })));
  const { retryAfterMs } = await fetchOnce(own, '/x', { headers: {} }, new AbortController().signal);
  assert(retryAfterMs !== null && retryAfterMs > 50_000 && retryAfterMs <= 60_000, String(retryAfterMs));
});
