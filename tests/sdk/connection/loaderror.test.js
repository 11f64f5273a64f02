/** `loaderror`: the sign to show the shop's own form. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { CHALLENGE, LINK, granted, ready, shop } from '../../support/js/fake-shop.js';
import { refusal } from '../../support/js/fakes.js';

test('`loaderror` comes after the `error` of an element that did not load or cannot run in this page, and of no other', async () => {
  const vain = shop({ isSecureContext: false });
  /** @type {any[]} */
  const told = [];
  for (const type of /** @type {const} */ (['error', 'loaderror'])) vain.handle.on(type, ({ code, retryable, message }) => told.push([type, code, retryable, message.length > 0]));
  await vain.time.advance(0);
  assert.deepEqual(told, [['error', 'insecure_context', false, true], ['loaderror', 'insecure_context', false, true]]);

  const blocked = shop();
  /** @type {string[]} */
  const codes = [];
  blocked.handle.on('loaderror', ({ code }) => codes.push(code));
  await blocked.time.advance(60_000);
  assert.deepEqual(codes, blocked.codes());
  assert.deepEqual(codes, ['frame_load_failed']);

  for (const [answer, code] of /** @type {const} */ ([['lost', 'network'], ['silent', 'timeout'], [refusal(429, 'RATE_LIMITED'), 'rate_limited']])) {
    const loaded = shop({ answer: () => answer });
    loaded.handle.on('loaderror', () => assert(false)); // it comes back by itself, and says so
    await loaded.receive(ready());
    await loaded.time.advance(60_000);
    assert.deepEqual([loaded.codes(), loaded.iframe.style.display], [[code], 'block']);
  }
});

test('an element whose frame loaded and cannot run in this page tells `loaderror` too, and is hidden where it has nothing to say', async () => {
  const violation = () => Object.assign(new Event('securitypolicyviolation'), { effectiveDirective: 'connect-src', disposition: 'enforce', blockedURI: `${LINK}/v1/link/elements/bootstrap` });
  for (const [code, versions, answer, display] of /** @type {const} */ ([
    ['merchant_csp', [1], 'lost', 'none'], ['unsupported_version', [2], 'lost', 'block'], ['unsupported_browser', [], 'lost', 'block'],
    ['origin_not_allowed', [1], refusal(403, 'ORIGIN_NOT_ALLOWED'), 'block'], ['timeout', [1], granted(), 'none'],
  ])) {
    const page = shop({ answer: () => answer });
    /** @type {string[]} */
    const told = [];
    page.handle.on('loaderror', (failure) => told.push(failure.code));
    if (code === 'merchant_csp') page.time.setTimeout(() => page.document.dispatchEvent(violation()), 0);
    await page.receive(ready(CHALLENGE, [...versions]));
    await page.time.advance(60_000); // the last one's code was lost on its way
    assert.deepEqual([told, page.codes(), page.iframe.style.display], [[code], [code], display]);
  }
});
