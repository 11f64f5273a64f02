import assert from 'node:assert/strict';
import test from 'node:test';

import { base64url, challengeOf, randomText } from '../../../static/frame/session/pkce.js';

test('the challenge is that of RFC 7636, appendix B', async () => {
  assert.equal(await challengeOf(crypto, 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'), 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM');
});

test('a verifier is 43 base64url characters and never the same', () => {
  const texts = new Set(Array.from({ length: 100 }, () => randomText(crypto)));
  assert.equal(texts.size, 100);
  for (const text of texts) assert.match(text, /^[A-Za-z0-9_-]{43}$/);
  assert.equal(base64url(new Uint8Array([251, 255, 254])), '-__-');
});
