import assert from 'node:assert/strict';
import test from 'node:test';

import { LINK, granted, shop } from '../../support/js/fake-shop.js';

test('a test deployment is asked why the frame is blank, and the answer is logged for the developer', async () => {
  const message = 'This host is listed without `www.`.';
  const answered = (/** @type {import('../../support/js/fakes.js').Reply} */ reply) => (/** @type {any} */ { url }) => (url.includes('/diagnose?') ? reply : { status: 200, headers: { 'Link-Mode': 'test' } });
  const refused = { status: 200, body: { success: true, data: { allowed: false, checks: [{ name: 'business_known', ok: true, message: 'fine' }, { name: 'origin_listed', ok: false, message }] } } };
  const { time, network, iframe, codes, warned } = shop({ answer: answered(refused) });
  iframe.dispatchEvent(new Event('load'));
  await time.advance(9_999);
  assert.deepEqual([network.to('diagnose').length, warned], [1, []]);
  await time.advance(60_000);
  assert.deepEqual([codes(), network.to('diagnose').length, warned.length], [['embed_blocked'], 1, 1]);
  assert.match(warned[0] ?? '', /auth element is not shown\. This host is listed without `www\.`\. .*docs\/integrate\.md/);
  const [asked] = network.to('diagnose');
  assert.deepEqual([asked?.url, asked?.body, asked?.headers, asked?.request.credentials], [`${LINK}/v1/link/elements/diagnose?business_id=bus_demo`, { element: 'auth', parent_origin: 'https://shop.example' }, { 'Content-Type': 'text/plain' }, 'omit']);

  for (const [answer, warnings] of /** @type {const} */ ([[{ status: 200, body: { data: { checks: [] } } }, 1], [{ status: 404, body: { data: { checks: [] } } }, 0], [{ status: 200, body: 'no JSON' }, 0], [{ status: 503 }, 0], ['lost', 0], ['silent', 0]])) {
    const other = shop({ answer: answered(answer) });
    other.iframe.dispatchEvent(new Event('load'));
    await other.time.advance(60_000);
    assert.deepEqual([other.codes(), other.warned.length, other.network.to('diagnose').length], [['embed_blocked'], warnings, 1]);
  }
});

test('a live deployment, a ready frame and a destroyed element are not diagnosed', async () => {
  const live = shop({ answer: () => ({ status: 200 }) });
  live.iframe.dispatchEvent(new Event('load'));
  await live.time.advance(60_000);
  assert.deepEqual([live.codes(), live.network.to('diagnose').length, live.warned], [['embed_blocked'], 0, []]);

  const answer = (/** @type {any} */ { url }) => (url.includes('/bootstrap?') ? granted() : { status: 200, headers: { 'Link-Mode': 'test' }, body: { data: { checks: [] } } });
  const late = shop({ answer });
  late.iframe.dispatchEvent(new Event('load'));
  await late.time.advance(5_000);
  await late.connect();
  await late.time.advance(60_000);
  assert.deepEqual([late.handle.state, late.warned], ['guest', []]);

  const gone = shop({ answer });
  gone.iframe.dispatchEvent(new Event('load'));
  await gone.time.advance(9_999);
  gone.handle.destroy();
  await gone.time.advance(60_000);
  assert.deepEqual(gone.warned, []);
});

test('a host with our script and no document of ours has a copy of the SDK, which the console says; a gateway that is down has none', async () => {
  for (const [status, warnings] of /** @type {const} */ ([[404, 1], [502, 0], [403, 0]])) {
    const page = shop({ answer: ({ url }) => ({ status: url.includes('/elements/auth?') ? status : 200 }) });
    page.iframe.dispatchEvent(new Event('load'));
    await page.time.advance(10_000);
    assert.deepEqual([page.codes(), page.warned.length], [['network'], warnings]);
    for (const said of page.warned) assert.match(said, /^Link: this is a copy of the SDK: import/);
  }
});
