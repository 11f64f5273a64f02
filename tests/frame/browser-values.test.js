import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import test from 'node:test';

import { maskContact, parseContact } from '../../static/frame/session/contact.js';
import { isCanonicalOrigin } from '../../static/frame/protocol/origin.js';
import { base64url, challengeOf, randomText } from '../../static/frame/session/pkce.js';
import { readEmbedding } from '../../static/frame/protocol/embedding.js';
import { durationText, problemText } from '../../static/frame/ui/texts.js';

const FRAME = new URL('../../static/frame/', import.meta.url);
const SDK = new URL('../../static/sdk/', import.meta.url);

test('the challenge is that of RFC 7636, appendix B', async () => {
  assert.equal(await challengeOf(crypto, 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'), 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM');
});

test('a verifier is 43 base64url characters and never the same', () => {
  const texts = new Set(Array.from({ length: 100 }, () => randomText(crypto)));
  assert.equal(texts.size, 100);
  for (const text of texts) assert.match(text, /^[A-Za-z0-9_-]{43}$/);
  assert.equal(base64url(new Uint8Array([251, 255, 254])), '-__-');
});

test('an origin is canonical as the vectors that the bridge shares say', () => {
  const { presented } = JSON.parse(readFileSync(new URL('../vectors/origins.json', import.meta.url), 'utf8'));
  assert(presented.length > 50);
  for (const { text, verdict, why } of presented) assert.equal(isCanonicalOrigin(text), verdict === 'ok', `${text}: ${why}`);
});

/** @param {Record<string, any>} [changes] @returns {any} */
function frameWindow(changes = {}) {
  const location = {
    pathname: '/elements/payment',
    search: '?business_id=bus_demo&parent_origin=https%3A%2F%2Fshop.example&v=1',
    ancestorOrigins: ['https://shop.example'],
    ...changes.location,
  };
  return { parent: {}, origin: 'https://link.example', isSecureContext: true, crypto, ...changes, location };
}

test('the embedding is read from the address of the document', () => {
  const embedding = { element: 'payment', businessId: 'bus_demo', parentOrigin: 'https://shop.example' };
  assert.deepEqual(readEmbedding(frameWindow()), embedding);
  for (const ancestorOrigins of [undefined, [], ['null']]) assert.deepEqual(readEmbedding(frameWindow({ location: { ancestorOrigins } })), embedding);
});

test('the element runs in no other place', () => {
  const top = frameWindow({ opener: {} });
  top.parent = top;
  assert.deepEqual(readEmbedding(top), { refused: 'top_level' });
  assert.deepEqual(readEmbedding(frameWindow({ origin: 'null' })), { refused: 'opaque_origin' });
  assert.deepEqual(readEmbedding(frameWindow({ isSecureContext: false })), { refused: 'insecure_context' });
  assert.deepEqual(readEmbedding(frameWindow({ crypto: {} })), { refused: 'insecure_context' });
  assert.deepEqual(readEmbedding(frameWindow({ location: { ancestorOrigins: ['https://evil.example', 'https://shop.example'] } })), { refused: 'origin_mismatch' });
  const addresses = [
    '', '?business_id=bus_demo&parent_origin=https://shop.example&v=2', '?business_id=bus_demo&parent_origin=https://shop.example/&v=1',
    '?business_id=<b>&parent_origin=https://shop.example&v=1', '?business_id=bus_demo&parent_origin=null&v=1', '?business_id=bus_demo&parent_origin=*&v=1',
  ];
  for (const search of addresses) assert.deepEqual(readEmbedding(frameWindow({ location: { search } })), { refused: 'bad_address' }, search);
  assert.deepEqual(readEmbedding(frameWindow({ location: { pathname: '/elements/other' } })), { refused: 'bad_address' });
});

test('a contact is an e-mail address or a telephone number', () => {
  assert.deepEqual(parseContact(' +233 (24) 123-4567 '), { contact: '+233241234567', contact_type: 'phone' });
  assert.deepEqual(parseContact('ama@mail.example'), { contact: 'ama@mail.example', contact_type: 'email' });
  for (const text of ['', 'ama', 'ama@', '@mail.example', 'a b@mail.example', '12345', '++233241234567', '1'.repeat(16)]) assert.equal(parseContact(text), null, text);
});

test('a masked contact is recognised only by its owner', () => {
  assert.equal(maskContact({ contact: '+233241234567', contact_type: 'phone' }), '•••• 4567');
  assert.equal(maskContact({ contact: 'ama@mail.example', contact_type: 'email' }), 'a•••@mail.example');
});

test('the customer reads texts, not codes', () => {
  assert.match(problemText({ code: 'RATE_LIMITED', retryAfterMs: 61_000 }), /in 2 minutes/);
  for (const code of ['OTP_INVALID', 'CONFLICT', 'NETWORK', 'toString', '__proto__']) assert.match(problemText({ code, retryAfterMs: null }), /^[A-Z][a-z ,’.]+/);
  assert.deepEqual([1, 59_001, 60_001, 3_600_000].map(durationText), ['1 second', '1 minute', '2 minutes', '1 hour']);
});

/** What only a signed-in customer needs: fetched by what `loadPart` imports. */
const LATER = ['elements/address.js', 'elements/countries.js', 'elements/item-form.js', 'elements/item-list-view.js', 'elements/item-list.js', 'elements/item-texts.js', 'elements/item.js', 'elements/payment.js', 'ui/dom.js'];

test('the frame document preloads every module that a guest needs, and contains nothing that a strict CSP blocks', () => {
  const html = readFileSync(new URL('frame.html', FRAME), 'utf8');
  const preloaded = [...html.matchAll(/rel="modulepreload" href="([^"]+)"/g)].map(([, path]) => path);
  const frameModules = readdirSync(FRAME, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js') && !LATER.includes(name)).map((name) => `/elements/frame/${name}`);
  const shared = ['exchange.js', 'failures.js', 'wire.js'].map((name) => `/elements/sdk/${name}`);
  assert.deepEqual(preloaded.sort(), [...frameModules, ...shared].sort());
  for (const [name, code] of frameModules.map((path) => [path, readFileSync(new URL(path.replace('/elements/frame/', ''), FRAME), 'utf8')])) {
    for (const later of LATER) assert.equal(new RegExp(`from '[^']*/${later.split('/').pop()}'`).test(code ?? ''), false, `${name} brings ${later} to a guest`);
  }
  assert.equal(/ style=| on[a-z]+=|<style|<script>|javascript:/.test(html), false);
});

test('the browser code uses no storage, no opener and no HTML parsing', () => {
  for (const folder of [FRAME, SDK]) {
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'))) {
      const code = readFileSync(new URL(name, folder), 'utf8').replace(/\/\*[^]*?\*\/|\/\/.*/g, '');
      assert.equal(/localStorage|sessionStorage|indexedDB|BroadcastChannel|navigator\.locks|\.cookie|\bopener\b|innerHTML|insertAdjacentHTML|document\.write|\beval\b/.test(code), false, name);
    }
  }
});
