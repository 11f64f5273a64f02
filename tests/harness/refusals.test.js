import assert from 'node:assert/strict';
import test from 'node:test';

import { brokenStep, brokenText, isRefused } from '../../static/harness/scenarios/refusals.js';
import { stepOfExchange, stepOfPortMessage } from '../../static/harness/scenarios/steps.js';

/** @typedef {import('../../static/harness/scenarios/steps.js').Step} Step */
/** @typedef {import('../../static/harness/scenarios/steps.js').Entry} Entry */

const LINK = 'http://link.localhost:4242';
const ELEMENTS = '/v1/link/elements/';
const NOTHING = () => false;

/** @param {string} route @param {Partial<Entry>} seen @returns {Step} */
function call(route, seen) {
  const nothing = { query: {}, sec_fetch_site: null, sec_fetch_dest: null, error: null, outcome: null, frame_ancestors: null, retry_after: null, fault: null, revoked: null, code_of: null, dpop: false, claims: null, session: null };
  const entry = { seq: 1, host: 'link', method: 'POST', path: ELEMENTS + route, status: 200, started_at: 1000, ms: 2, origin: LINK, ...nothing, ...seen };
  return /** @type {Step} */ (stepOfExchange(entry));
}

/** @param {object} data */
function fromFrame(data) {
  return stepOfPortMessage({ via: 'port', direction: 'received', at: 1, data });
}

const spent = call('verify-otp', { status: 422, error: 'OTP_EXPIRED', code_of: ['2026-01-01T10:00:00.000+00:00'] });

test('a refused call ends the run, with its error and what was expected', () => {
  assert.equal(brokenStep([call('init', {}), spent], NOTHING), spent);
  assert.equal(brokenText(spent, {}), 'verify-otp: 422 OTP_EXPIRED. Expected: the code of a message is taken for ten minutes, until it is used.');
  assert.equal(brokenText(spent, { 'verify-otp': 'it is good' }), 'verify-otp: 422 OTP_EXPIRED. Expected: it is good.');
  const unknown = call('init', { path: '/v1/link/data', method: 'GET', status: 401, error: 'UNAUTHENTICATED' });
  assert.equal(brokenText(unknown, {}), 'GET data: 401 UNAUTHENTICATED. Expected: the call is answered.');
});

test('a refusal that is part of the scenario ends nothing, and no other is taken for it', () => {
  const flood = call('verify-otp', { status: 429, error: 'RATE_LIMITED' });
  const isPart = (/** @type {Step} */ step) => isRefused(step, 'verify-otp', ['RATE_LIMITED']);
  assert.equal(brokenStep([flood], isPart), null);
  const others = [call('request-otp', { status: 429, error: 'RATE_LIMITED' }), call('verify-otp', { status: 401, error: 'SESSION_REVOKED' })];
  for (const other of others) assert.equal(brokenStep([flood, other], isPart), other);
});

test('a mistyped code is no broken rule; a refused code of a message is one', () => {
  const wrong = { status: 400, error: 'OTP_INVALID' };
  assert.equal(brokenStep([call('verify-otp', { ...wrong, code_of: [] })], NOTHING), null);
  for (const code_of of [null, ['2026-01-01T10:00:00.000+00:00']]) {
    const refused = call('verify-otp', { ...wrong, code_of });
    assert.equal(brokenStep([refused], NOTHING), refused);
  }
});

test('the frame repeats a call with another proof; a second refusal of it is broken', () => {
  const first = call('init', { status: 401, error: 'USE_DPOP_NONCE' });
  const second = call('init', { status: 401, error: 'USE_DPOP_NONCE' });
  assert.equal(brokenStep([first], NOTHING), null);
  assert.equal(brokenStep([first, second], NOTHING), second);
});

test('an error on the port and an ended session end the run; a refused call before them says why', () => {
  const error = fromFrame({ type: 'error', code: 'session_expired' });
  const left = fromFrame({ type: 'logout_complete' });
  for (const step of [error, left]) assert.equal(brokenStep([step], NOTHING), step);
  assert.equal(brokenText(error, {}), 'error: session_expired. Expected: the element goes on without an error.');
  const refused = call('refresh', { status: 401, error: 'SESSION_EXPIRED' });
  assert.equal(brokenStep([error, refused], NOTHING), refused);
});

test('what the bridge asks the auth service is answered for by the bridge', () => {
  assert.equal(brokenStep([call('init', { host: 'auth-service', path: '/v1/link/auth/verify-otp', status: 400, error: 'OTP_INVALID' })], NOTHING), null);
});

test('a document that the shop may not frame is named by who may', () => {
  const document = call('', { path: '/elements/payment', method: 'GET', sec_fetch_dest: 'iframe', frame_ancestors: "'none'" });
  assert.equal(brokenStep([document], NOTHING), document);
  assert.equal(brokenText(document, {}), "GET document: 200 frame-ancestors 'none'. Expected: the shop’s page may frame the element.");
});
