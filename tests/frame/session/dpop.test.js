import assert from 'node:assert/strict';
import test from 'node:test';

import { Api } from '../../../static/frame/session/api.js';
import { Prover } from '../../../static/frame/session/dpop.js';
import { OutboundError, buildMessage } from '../../../static/frame/protocol/port.js';
import { challengeOf } from '../../../static/frame/session/pkce.js';
import { LINK, DEFAULT_ANSWERS, frame, grant } from '../../support/js/fake-frame.js';
import { FakeNetwork, FakeTime, fakeEnv, ok, refusal } from '../../support/js/fakes.js';
import { readProof, verifyProof } from '../../support/js/proofs.js';

const INIT = '/v1/link/elements/init';
const ACCESS = /** @type {const} */ ({ scheme: 'DPoP', token: 'eyJhbGciOi.eyJzdWIi.c2ln' });
const TOKEN = 'elr_spent';
const { signal } = new AbortController();

/** @param {SubtleCrypto} [subtle] */
function prover(subtle = crypto.subtle) {
  const time = new FakeTime();
  const env = { clock: time, window: /** @type {any} */ ({ location: { origin: LINK } }), crypto: /** @type {any} */ ({ subtle, getRandomValues: (/** @type {any} */ bytes) => crypto.getRandomValues(bytes) }) };
  const made = new Prover(env);
  made.renew();
  return { time, prover: made };
}

/** @param {(sent: import('../../support/js/fakes.js').Sent) => import('../../support/js/fakes.js').Reply} answer */
function api(answer) {
  const { time, prover: proofs } = prover();
  const network = new FakeNetwork(answer);
  const calls = new Api({ ...fakeEnv(time, network), random: () => 0 }, proofs);
  const claims = () => network.sent.map(({ headers }) => readProof(headers.DPoP).claims);
  const keys = () => new Set(network.sent.map(({ headers }) => headers['Idempotency-Key']));
  return { time, network, api: calls, claims, keys };
}

test('a proof contains method, address and time, and is signed by the key it contains', async () => {
  const { time, prover: proofs } = prover();
  await time.advance(61_999);
  const proof = await proofs.proof(INIT, TOKEN);
  const { header, claims } = readProof(proof);
  assert.deepEqual([header.typ, header.alg, Object.keys(header).sort()], ['dpop+jwt', 'ES256', ['alg', 'jwk', 'typ']]);
  assert.deepEqual([header.jwk.kty, header.jwk.crv, Object.keys(header.jwk).sort()], ['EC', 'P-256', ['crv', 'kty', 'x', 'y']]);
  const { jti, ...rest } = claims;
  assert.match(jti, /^[A-Za-z0-9_-]{43}$/);
  assert.deepEqual(rest, { htm: 'POST', htu: LINK + INIT, iat: 61, ath: await challengeOf(crypto, TOKEN) });
  assert.equal(await verifyProof(proof), true);
  assert.equal(await verifyProof(proof.replace(/\.[^.]+\./, `.${btoa(JSON.stringify({ ...claims, htm: 'GET' })).replace(/=+$/, '')}.`)), false);
});

test('a proof contains the hash of its token', async () => {
  const { prover: proofs } = prover();
  const { claims } = readProof(await proofs.proof(INIT, 'Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU'));
  assert.equal(claims.ath, 'fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo'); // the example of RFC 9449, section 7.1
});

test('every proof has its own id, and every document its own key', async () => {
  const { prover: proofs } = prover();
  const made = await Promise.all(Array.from({ length: 50 }, () => proofs.proof(INIT, TOKEN)));
  assert.equal(new Set(made.map((proof) => readProof(proof).claims.jti)).size, 50);
  proofs.renew();
  const renewed = await proofs.proof(INIT, TOKEN);
  assert.equal(await verifyProof(renewed), true);
  assert.notEqual(readProof(renewed).header.jwk.x, readProof(made[0] ?? '').header.jwk.x);
});

test('the private key can only sign, and cannot be exported', async () => {
  /** @type {any} */
  let pair;
  const subtle = /** @type {any} */ (new Proxy(crypto.subtle, {
    get: (real, name) => async (/** @type {unknown[]} */ ...args) => {
      const result = await Reflect.get(real, name).apply(real, args);
      if (name === 'generateKey') pair = result;
      return result;
    },
  }));
  const { prover: proofs } = prover(subtle);
  await proofs.proof(INIT, TOKEN);
  assert.deepEqual([pair.privateKey.extractable, pair.privateKey.usages], [false, ['sign']]);
  for (const format of /** @type {const} */ (['jwk', 'pkcs8'])) await assert.rejects(crypto.subtle.exportKey(format, pair.privateKey), { name: 'InvalidAccessError' });
  assert.equal(JSON.stringify(proofs), '{}');
});

test('no proof can be sent to the shop', async () => {
  const proof = await prover().prover.proof(INIT, TOKEN);
  assert.throws(() => buildMessage('error', { code: 'internal', retryable: false, message: proof.slice(0, 300) }), OutboundError);
  assert.throws(() => buildMessage('authenticated', { proof }), OutboundError);
});

test('without a key there is no proof', async () => {
  const { time } = prover();
  await assert.rejects(new Prover({ clock: time, crypto, window: /** @type {any} */ ({ location: { origin: LINK } }) }).proof(INIT, TOKEN));
});

test('each try has a new proof and the same idempotency key', async () => {
  const replies = [/** @type {const} */ ('lost'), refusal(503, 'STORE_UNAVAILABLE')];
  const { api: calls, time, network, claims, keys } = api(() => replies.shift() ?? ok({}));
  const posted = calls.post('init', { body: {}, idempotencyKey: 'key-1', tries: 3, signal });
  while (network.sent.length < 3) await Promise.all([new Promise((resolve) => setTimeout(resolve)), time.advance(1)]);
  await posted;
  assert.equal(new Set(claims().map(({ jti }) => jti)).size, 3);
  assert.deepEqual([...keys()], ['key-1']);
});

test('an access token is sent under its scheme, with its hash in the proof; the query is not part of the proved address', async () => {
  const { api: calls, network, claims } = api(() => ok({}));
  await calls.post('bootstrap', { body: {}, accessToken: ACCESS, query: '?business_id=bus_demo', signal });
  await calls.post('logout', { body: {}, accessToken: { ...ACCESS, scheme: 'Bearer' }, signal });
  assert.deepEqual(network.sent.map(({ url, headers }) => [url, headers.Authorization]), [
    ['/v1/link/elements/bootstrap?business_id=bus_demo', `DPoP ${ACCESS.token}`],
    ['/v1/link/elements/logout', `Bearer ${ACCESS.token}`],
  ]);
  assert.deepEqual(claims().map(({ htu }) => htu), [`${LINK}/v1/link/elements/bootstrap`, `${LINK}/v1/link/elements/logout`]);
  assert.equal(new Set(claims().map(({ ath }) => ath)).size, 1);
});

test('attack 46: when a nonce is demanded, the call is repeated at once with the same key, and later calls carry the newest nonce', async () => {
  const nonces = ['nonce-1', 'nonce-2'];
  const { api: calls, network, claims, keys } = api(({ headers }) => {
    const { nonce } = readProof(headers.DPoP).claims;
    return nonce === nonces[0] ? ok({}) : refusal(401, 'USE_DPOP_NONCE', { 'DPoP-Nonce': nonces[0] ?? '' });
  });
  for (let call = 0; call < 3; call += 1) await calls.post('refresh', { body: {}, idempotencyKey: 'key-1', signal });
  assert.deepEqual(claims().map(({ nonce }) => nonce), [undefined, 'nonce-1', 'nonce-1', 'nonce-1']);
  nonces.shift();
  await calls.post('refresh', { body: {}, idempotencyKey: 'key-1', signal });
  assert.deepEqual(claims().slice(4).map(({ nonce }) => nonce), ['nonce-1', 'nonce-2']);
  assert.deepEqual([...keys()], ['key-1']);
  for (const { headers } of network.sent) assert.equal(await verifyProof(headers.DPoP), true);
});

test('a nonce of a successful answer is used from the next call on; an invalid one is not', async () => {
  const given = ['first', 'second', 'with "quotes"', 'x'.repeat(300), ''];
  const { api: calls, claims } = api(() => ({ ...Object(ok({})), headers: { 'DPoP-Nonce': given.shift() ?? '' } }));
  for (let call = 0; call < 6; call += 1) await calls.post('refresh', { body: {}, signal });
  assert.deepEqual(claims().map(({ nonce }) => nonce), [undefined, 'first', 'second', 'second', 'second', 'second']);
});

test('a rejected proof is renewed once; when it is rejected again, the call fails', async () => {
  const refusals = [refusal(401, 'INVALID_DPOP_PROOF'), refusal(401, 'USE_DPOP_NONCE', { 'DPoP-Nonce': 'n' })];
  const mixed = api(() => refusals.shift() ?? ok({}));
  await mixed.api.post('refresh', { body: {}, idempotencyKey: 'key-1', signal });
  assert.equal(new Set(mixed.claims().map(({ jti }) => jti)).size, 3);
  assert.deepEqual([...mixed.keys()], ['key-1']);
  const refused = api(() => refusal(401, 'INVALID_DPOP_PROOF'));
  await assert.rejects(refused.api.post('refresh', { body: {}, tries: 5, signal }), { code: 'INVALID_DPOP_PROOF', isTransient: false });
  assert.equal(refused.network.sent.length, 2);
  const asked = api(() => refusal(401, 'USE_DPOP_NONCE'));
  await assert.rejects(asked.api.post('refresh', { body: {}, signal }), { code: 'USE_DPOP_NONCE', isTransient: true });
  assert.equal(asked.network.sent.length, 2);
});

test('every call of an element is proved by one key, and a new start by another', async () => {
  const { network, element, connect, command, advance } = frame();
  await connect();
  element.requestCode('ama@mail.example');
  await advance(10);
  element.verifyCode('123456');
  await advance(10);
  await command('refresh', 'a');
  await command('logout', 'b');
  const calls = network.sent.map(({ url, headers, body, request }) => ({
    path: url.replace('/v1/link/', ''),
    method: request.method,
    proof: headers.DPoP,
    token: headers.Authorization?.replace('DPoP ', '') ?? body?.refresh_token ?? body?.bootstrap_token,
  }));
  const ofBridge = (/** @type {string} */ route) => `POST elements/${route}`;
  const [asked, verified, ended] = [['init', 'request-otp'], ['verify-otp'], ['refresh', 'logout']].map((routes) => routes.map(ofBridge));
  assert.deepEqual(calls.map(({ method, path }) => `${method} ${path}`), [...asked ?? [], ...verified ?? [], 'GET data', ...ended ?? []]);
  for (const { method, path, proof, token } of calls) {
    const { claims } = readProof(proof);
    assert.equal(await verifyProof(proof), true, path);
    assert.deepEqual([claims.htm, claims.htu], [method, `${LINK}/v1/link/${path}`]);
    assert.equal(claims.ath, await challengeOf(crypto, token), path);
  }
  const thumbs = () => new Set(network.sent.map(({ headers }) => readProof(headers.DPoP).header.jwk.x)).size;
  assert.equal(thumbs(), 1);
  await connect();
  assert.equal(network.to('init').length, 2);
  assert.equal(thumbs(), 2);
});

test('a first rejection of the proof signs nobody out', async () => {
  for (const [code, nonce] of [['USE_DPOP_NONCE', 'n'], ['INVALID_DPOP_PROOF', '']]) {
    /** @type {Set<string>} */
    const met = new Set();
    const once = (/** @type {string} */ route) => () => {
      const isFirst = !met.has(route);
      met.add(route);
      return isFirst ? refusal(401, code ?? '', nonce ? { 'DPoP-Nonce': nonce } : {}) : /** @type {any} */ (DEFAULT_ANSWERS)[route]();
    };
    const { element, connect, command, advance, types, network } = frame(Object.fromEntries(Object.keys(DEFAULT_ANSWERS).map((route) => [route, once(route)])));
    await connect();
    element.requestCode('ama@mail.example');
    await advance(10);
    element.verifyCode('123456');
    await advance(10);
    await command('refresh', 'a');
    await command('logout', 'b');
    assert.deepEqual(types(), ['initialized', 'height_change', 'authenticated', 'token_refreshed', 'logout_complete']);
    assert.equal(network.sent.length, 12);
  }
});

test('rejected twice: a refresh ends the session, a logout is not reported as done, a missing nonce delays only', async () => {
  const refreshing = frame({ refresh: () => refusal(401, 'INVALID_DPOP_PROOF') });
  await refreshing.connect();
  await refreshing.command('refresh', 'a');
  assert.deepEqual(refreshing.types().slice(2), ['error session_expired']);
  const leaving = frame({ logout: () => refusal(401, 'INVALID_DPOP_PROOF') });
  await leaving.connect();
  await leaving.command('logout', 'a');
  assert.deepEqual(leaving.types().slice(2), ['error internal']);
  assert.match(leaving.shown.at(-1) ?? '', /^showSignOutProblem/);
  const typing = frame({ 'request-otp': () => refusal(401, 'USE_DPOP_NONCE') });
  await typing.connect();
  typing.element.requestCode('ama@mail.example');
  await typing.advance(10);
  assert.deepEqual([typing.types().length, typing.network.to('request-otp').length], [2, 2]);
  assert.match(typing.shown.at(-1) ?? '', /^showContactForm [A-Z]/);
  let isAsking = true;
  const asking = frame({ refresh: () => (isAsking ? refusal(401, 'USE_DPOP_NONCE') : grant('guest', [])) });
  await asking.connect();
  await asking.command('refresh', 'a');
  await asking.advance(9_000);
  assert.deepEqual(asking.types().slice(2), ['error network']);
  isAsking = false;
  await asking.advance(60_000);
  assert.deepEqual(asking.types().slice(2), ['error network', 'token_refreshed']);
});

test('a browser that cannot create a key tells the shop, and nothing is called without one', async () => {
  const { network, connect, types, shown } = frame({}, { subtle: { generateKey: async () => { throw new Error('no such curve'); } } });
  await connect();
  assert.deepEqual(types(), ['error internal']);
  assert.equal(shown.at(-1), 'showStopped disconnected disconnected');
  assert.equal(network.sent.length, 0);
});
