/** Answers that are not ours: of a bot check, a proxy or a hotel's network in front of the service. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { fetchOnce, isOurs } from '../../static/sdk/exchange.js';
import { granted, ready, shop } from '../support/js/fake-shop.js';
import { fakeEnv, FakeNetwork, FakeTime, refusal } from '../support/js/fakes.js';

const HTML = '<!doctype html><title>Checking your browser</title>';
const FOREIGN = /** @type {const} */ ([
  { status: 403, body: HTML }, { status: 200, body: HTML }, { status: 401, body: '' }, { status: 403, body: { message: 'Forbidden' } },
  { status: 403, body: { error: { code: 403, message: 'Forbidden' } } }, { status: 200, body: { success: true } },
  { status: 403, body: { success: false, errors: [{ code: 1020 }] } }, { status: 407, body: 'Proxy' }, { status: 511, body: HTML }, { status: 200, body: '[]' },
]);

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

test('answers of ours are a record with data, or an error with a code', () => {
  for (const body of [{ success: true, data: {} }, { success: true, data: null }, { success: false, error: { code: 'NOT_FOUND' } }]) assert.equal(isOurs(body), true);
  for (const body of [null, 'x', [], {}, { error: 'denied' }, { error: {} }]) assert.equal(isOurs(body), false);
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
