import assert from 'node:assert/strict';
import test from 'node:test';

import { masked, scan, splitSecrets } from '../../static/harness/page/scan.js';

const TOKEN = `elr_${'a'.repeat(40)}`;
const JWT = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJjdXNfMSJ9.c2ln';
const CUSTOMER = `cus_${'A1b2'.repeat(5)}`;

test('each kind of secret is found at any depth, and named', () => {
  const cases = /** @type {const} */ ([
    ['token', { a: [{ b: `x ${TOKEN}` }] }],
    ['token', { jwt: JWT }],
    ['token', { [`lnk_${'z'.repeat(30)}`]: 1 }],
    ['customer id', { label: CUSTOMER }],
    ['e-mail', { message: 'sent to ama@example.com' }],
    ['phone', { message: 'sent to +233 24 123 4567' }],
    ['one-time code', { message: 'your code is 123456' }],
  ]);
  for (const [rule, message] of cases) assert.deepEqual(scan(message).map((hit) => hit.rule), [rule], JSON.stringify(message));
});

test('a finding contains its path', () => {
  assert.deepEqual(scan({ type: 'selected', list: [{ id: TOKEN }] }), [{ rule: 'token', path: 'list.0.id' }]);
});

test('the messages of the contract hold no secret', () => {
  const messages = [
    { ns: 'cimplify.link', v: 1, type: 'ready', code_challenge: '-123456-E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-', versions: [1] },
    { ns: 'cimplify.link', v: 1, type: 'initialized', state: 'guest' },
    { ns: 'cimplify.link', v: 1, type: 'token_refreshed', expires_in: 300, id: 'c1' },
    { ns: 'cimplify.link', v: 1, type: 'height_change', height: 10000 },
    { ns: 'cimplify.link', v: 1, type: 'selected', element: 'payment', id: `wal_${'A1b2'.repeat(5)}`, label: 'MTN •••• 4567' },
    { ns: 'cimplify.link', v: 1, type: 'error', code: 'network', retryable: true, message: 'The service cannot be reached.' },
    null, 5, 'text', true, undefined,
  ];
  for (const message of messages) assert.deepEqual(scan(message), []);
});

test('a text is split into tokens and other parts without loss', () => {
  const text = `{"a": "${TOKEN}", "b": "${JWT}"}`;
  const parts = splitSecrets(text);
  assert.equal(parts.map((part) => part.text).join(''), text);
  assert.deepEqual(parts.filter(({ isSecret }) => isSecret).map((part) => part.text), [TOKEN, JWT]);
});

test('a masked copy keeps eight characters of a token, and everything else', () => {
  const copy = masked({ list: [TOKEN, 1, null], text: `see ${JWT}.`, [TOKEN]: true });
  assert.deepEqual(copy, { list: ['elr_aaaa…', 1, null], text: 'see eyJhbGci….', 'elr_aaaa…': true });
});
