import assert from 'node:assert/strict';
import test from 'node:test';

import { CHALLENGE, FakeFrameWindow, LINK, OTHER_CHALLENGE, TOKEN, granted, ready, shop } from '../../support/js/fake-shop.js';
import { refusal, settle, SUPPORTED } from '../../support/js/fakes.js';

test('the iframe is created with its address, title and sandbox', () => {
  const { iframe, inPage } = shop();
  assert.deepEqual(inPage, [iframe]);
  assert.equal(iframe.src, `${LINK}/elements/auth?business_id=bus_demo&parent_origin=https%3A%2F%2Fshop.example&v=1`);
  assert.match(iframe.title, /Link/);
  assert.equal(iframe.style.height, '208px');
  assert.equal(iframe.attributes.allow, 'otp-credentials');
  assert.equal(iframe.attributes.sandbox, 'allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-downloads');
});

test('the bootstrap call’s connection is opened at mount, without credentials, and nothing stays in the page for it', () => {
  const { links } = shop();
  assert.deepEqual(links.map((link) => ({ ...link })), [{ rel: 'preconnect', href: LINK, crossOrigin: 'anonymous', isInPage: false }]);
});

test('ready, bootstrap, init, initialized: in this order and with these contents', async () => {
  const { network, iframe, handle, receive, say, events, time } = shop();
  await receive(ready());
  const [call] = network.sent;
  assert.equal(call?.url, `${LINK}/v1/link/elements/bootstrap?business_id=bus_demo`);
  assert.deepEqual(call?.body, { element: 'auth', code_challenge: CHALLENGE });
  assert.deepEqual(call?.headers, { 'Content-Type': 'text/plain' });
  assert.equal(call?.request.credentials, 'omit');
  const [init] = iframe.contentWindow.received;
  assert.equal(init?.targetOrigin, LINK);
  assert.deepEqual(init?.data, { ns: 'cimplify.link', v: 1, type: 'init', code_challenge: CHALLENGE, bootstrap_token: TOKEN, options: { appearance: { theme: 'dark' } }, guest: true });
  assert.equal(handle.state, 'connecting');
  await say('initialized', { state: 'guest' });
  assert.deepEqual(await handle.ready, { state: 'guest' });
  assert.equal(handle.state, 'guest');
  await say('authenticated');
  assert.equal(handle.state, 'authenticated');
  await time.advance(100_000);
  assert.deepEqual(events, [['initialized', { state: 'guest' }], ['authenticated', {}]]);
});

test('the customer’s Link token is sent with the bootstrap call only', async () => {
  for (const linkToken of ['lnk_abc', () => 'lnk_abc', async () => 'lnk_abc']) {
    const { network, iframe, receive } = shop({ linkToken });
    await receive(ready());
    assert.equal(network.sent[0]?.headers.Authorization, 'Bearer lnk_abc');
    assert.equal(JSON.stringify(iframe.contentWindow.received[0]?.data).includes('lnk_'), false);
    assert.equal(iframe.contentWindow.received[0]?.data.guest, false);
  }
});

test('a missing or malformed Link token has its own error code, and no call is sent', async () => {
  const cases = [[async () => Promise.reject(new Error('x')), 'link_token_unavailable'], ['abc', 'link_token_malformed'], ['lnk_a\nX: y', 'link_token_malformed'], [{}, 'link_token_malformed']];
  for (const [linkToken, code] of cases) {
    const { network, receive, codes } = shop({ linkToken });
    await receive(ready());
    assert.equal(network.sent.length, 0);
    assert.deepEqual(codes(), [code]);
  }
});

test('a ready of another window, origin, shape or version is ignored', async () => {
  const { network, receive, codes } = shop();
  await receive(ready(), { source: new FakeFrameWindow() });
  await receive(ready(), { source: null });
  await receive(ready(), { origin: 'https://evil.example' });
  await receive(ready(), { origin: 'null' });
  for (const junk of [null, 7, 'ready', [], { type: 'ready' }, { ...ready(), code_challenge: 'short' }]) await receive(junk);
  assert.equal(network.sent.length, 0);
  assert.deepEqual(codes(), []);
  await receive(ready(CHALLENGE, [2, 3]));
  assert.equal(network.sent.length, 0);
  assert.deepEqual(codes(), ['unsupported_version']);
});

test('a repeated ready is ignored; a new challenge closes the old port and starts over', async () => {
  const { network, handle, connect, receive, port, say, events } = shop();
  await connect();
  const old = port();
  await receive(ready());
  assert.equal(network.sent.length, 1);
  const refreshed = assert.rejects(handle.refresh(), { code: 'not_connected' });
  await receive(ready(OTHER_CHALLENGE));
  await refreshed;
  assert.equal(network.sent.length, 2);
  assert.equal(old.other.isClosed, true);
  assert.equal(handle.state, 'connecting');
  old.postMessage({ ns: 'cimplify.link', v: 1, type: 'authenticated' });
  await say('initialized', { state: 'authenticated' });
  assert.equal(handle.state, 'authenticated');
  await receive(ready(CHALLENGE));
  assert.equal(network.sent.length, 2);
  assert.deepEqual(events.map(([type]) => type), ['initialized', 'initialized']);
});

test('a new document aborts the bootstrap call of the one before', async () => {
  const { network, iframe, receive } = shop({ answer: () => 'silent' });
  await receive(ready());
  await receive(ready(OTHER_CHALLENGE));
  assert.deepEqual(network.sent.map(({ aborted }) => aborted), [true, false]);
  assert.equal(iframe.contentWindow.received.length, 0);
});

test('every error of the bootstrap call has its own code and is not retried', async () => {
  const cases = /** @type {const} */ ([
    [403, 'ORIGIN_NOT_ALLOWED', 'origin_not_allowed'], [401, 'UNAUTHENTICATED', 'link_session_ended'], [404, 'UNKNOWN_BUSINESS', 'unknown_business'],
    [403, 'BUSINESS_DISABLED', 'business_disabled'], [400, 'ORIGIN_MALFORMED', 'origin_malformed'], [418, 'constructor', 'internal'],
  ]);
  for (const [status, code, expected] of cases) {
    const { network, handle, receive, codes, time } = shop({ answer: () => refusal(status, code) });
    await receive(ready());
    await time.advance(60_000);
    assert.equal(network.sent.length, 1);
    assert.deepEqual(codes(), [expected]);
    assert.equal(handle.state, 'failed');
    await assert.rejects(handle.ready, { code: expected });
  }
});

test('network errors, 5xx and 429 are tried three times; Retry-After is honoured', async () => {
  for (const [reply, code] of /** @type {const} */ ([['lost', 'network'], [refusal(503, 'X'), 'network'], [refusal(429, 'RATE_LIMITED'), 'rate_limited']])) {
    const { network, receive, codes, time } = shop({ answer: () => reply });
    await receive(ready());
    await time.advance(5_000);
    assert.equal(network.to('bootstrap').length, 3);
    assert.deepEqual(codes(), [code]);
  }
  const replies = [refusal(429, 'RATE_LIMITED', { 'Retry-After': '4' })];
  const { network, receive, time, iframe } = shop({ answer: () => replies.shift() ?? granted() });
  await receive(ready());
  await time.advance(3_999);
  assert.equal(network.sent.length, 1);
  await time.advance(1);
  assert.equal(iframe.contentWindow.received.length, 1);
});

test('offline has its own code, and the handshake continues when the network returns', async () => {
  const { network, window, receive, codes, time, iframe } = shop();
  network.isUp = false;
  await receive(ready());
  await time.advance(5_000);
  assert.deepEqual(codes(), ['offline']);
  network.isUp = true;
  window.dispatchEvent(new Event('online'));
  await settle();
  assert.equal(iframe.contentWindow.received.length, 1);
});

test('a missing ready has a code: blocked after a load event, not loaded without one', async () => {
  const blocked = shop();
  blocked.iframe.dispatchEvent(new Event('load'));
  await blocked.time.advance(9_999);
  assert.deepEqual(blocked.codes(), []);
  await blocked.time.advance(60_000);
  assert.deepEqual(blocked.codes(), ['embed_blocked']);
  assert.equal(blocked.iframe.style.display, 'none');
  const missing = shop();
  await missing.time.advance(60_000);
  assert.deepEqual(missing.codes(), ['frame_load_failed']);
  assert.equal(missing.iframe.isInPage, false);
});

test('when the shop gives up, the frame is told on the port', async () => {
  const { time, receive, codes, port } = shop();
  await receive(ready());
  await time.advance(60_000);
  assert.deepEqual(codes(), ['timeout']);
  assert.deepEqual(port().other.posted.map((/** @type {any} */ { type }) => type), ['destroy']);
  assert.equal(port().other.isClosed, true);
});

test('a frame that does not load is probed: no network, a broken server, or a blocked embedding', async () => {
  for (const [reply, code] of /** @type {const} */ ([['lost', 'network'], [{ status: 503 }, 'network'], ['silent', 'network'], [{ status: 429 }, 'network'], [{ status: 200 }, 'embed_blocked']])) {
    const { time, network, iframe, codes } = shop({ answer: () => reply });
    iframe.dispatchEvent(new Event('load'));
    await time.advance(9_999);
    assert.deepEqual(codes(), []);
    await time.advance(60_000);
    assert.deepEqual(codes(), [code]);
    assert.equal(iframe.style.display, 'none');
    const [probe] = network.sent;
    assert.deepEqual([probe?.url, probe?.request.method, probe?.request.credentials, probe?.request.cache, probe?.headers], [`${LINK}/elements/sdk/v1.js`, 'HEAD', 'omit', 'no-store', undefined]);
  }
});

test('the network’s return reloads a frame that failed without it', async () => {
  const { time, network, window, iframe, codes, connect, handle } = shop();
  network.isUp = false;
  iframe.dispatchEvent(new Event('load'));
  await time.advance(10_000);
  assert.deepEqual(codes(), ['offline']);
  network.isUp = true;
  window.dispatchEvent(new Event('online'));
  assert.deepEqual([iframe.reloads, handle.state, iframe.style.display], [1, 'connecting', 'block']);
  await connect();
  assert.equal(handle.state, 'guest');
  window.dispatchEvent(new Event('online'));
  assert.equal(iframe.reloads, 1);
  await time.advance(60_000);
  assert.deepEqual(codes(), ['offline']);
});

test('the content of a foreign message is not read', async () => {
  const { iframe, window, codes } = shop();
  let reads = 0;
  for (const from of [{ source: {}, origin: LINK }, { source: iframe.contentWindow, origin: 'https://evil.example' }]) {
    window.dispatchEvent(Object.defineProperty(Object.assign(new Event('message'), from), 'data', { get: () => { reads += 1; } }));
  }
  assert.equal(reads, 0);
  assert.deepEqual(codes(), []);
});

test('a CSP of the page is distinguished from a network error', async () => {
  const violation = (/** @type {string} */ effectiveDirective, disposition = 'enforce', blockedURI = LINK) => Object.assign(new Event('securitypolicyviolation'), { effectiveDirective, disposition, blockedURI });
  const framed = shop();
  framed.document.dispatchEvent(violation('frame-src'));
  assert.deepEqual(framed.codes(), ['merchant_csp']);
  await framed.time.advance(60_000);
  assert.deepEqual(framed.codes(), ['merchant_csp']);

  const connected = shop({ answer: () => 'lost' });
  connected.time.setTimeout(() => connected.document.dispatchEvent(violation('connect-src', 'enforce', `${LINK}/v1/link/elements/bootstrap`)), 0);
  await connected.receive(ready());
  await connected.time.advance(5_000);
  assert.deepEqual(connected.codes(), ['merchant_csp']);
  assert.equal(connected.network.sent.length, 1);

  const unrelated = shop();
  unrelated.document.dispatchEvent(violation('frame-src', 'report'));
  unrelated.document.dispatchEvent(violation('frame-src', 'enforce', 'https://other.example'));
  unrelated.document.dispatchEvent(violation('frame-src', 'enforce', 'inline'));
  assert.deepEqual(unrelated.codes(), []);
});

test('a browser that lacks what an element needs is told at once, with the iframe for the customer, and nothing is sent', async () => {
  for (const name of Object.keys(SUPPORTED)) {
    const { inPage, links, codes, network, time, handle, iframe } = shop({ lacking: { [name]: undefined } });
    await time.advance(0);
    assert.deepEqual([codes(), handle.state, inPage, links], [['unsupported_browser'], 'failed', [iframe], []], name);
    await time.advance(60_000);
    assert.deepEqual([codes(), network.sent], [['unsupported_browser'], []]);
  }
});

test('a frame that speaks no version at all lacks what it needs', async () => {
  const { codes, network, receive } = shop();
  await receive(ready(undefined, []));
  assert.deepEqual([codes(), network.sent], [['unsupported_browser'], []]);
});

test('an insecure or opaque page fails at once and loads nothing', async () => {
  for (const [options, code] of /** @type {const} */ ([[{ isSecureContext: false }, 'insecure_context'], [{ origin: 'null' }, 'origin_not_allowed']])) {
    const { inPage, links, codes, time } = shop(options);
    assert.deepEqual(codes(), []);
    await time.advance(0);
    assert.deepEqual(codes(), [code]);
    assert.deepEqual([inPage, links], [[], []]);
    await time.advance(60_000);
    assert.deepEqual(codes(), [code]);
  }
});

