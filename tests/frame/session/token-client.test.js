import assert from 'node:assert/strict';
import test from 'node:test';

import { readGrant } from '../../../static/frame/session/grant.js';
import { client, grantBody, granting, logout, grants } from '../../support/js/fake-client.js';
import { ok, refusal, settle } from '../../support/js/fakes.js';

test('a refresh is sent at 80 % of the lifetime, counted from when the request was sent', async () => {
  const { time, network, heard } = client(granting);
  await time.advance(239_999);
  assert.equal(network.sent.length, 0);
  await time.advance(1);
  assert.equal(network.sent.length, 1);
  assert.deepEqual(heard, ['refreshed']);
  await time.advance(240_000);
  assert.equal(network.sent.length, 2);
});

test('concurrent callers share one refresh', async () => {
  const { network, tokens, heard } = client(granting);
  await Promise.all([tokens.refresh(), tokens.refresh(), tokens.refresh()]);
  assert.equal(network.sent.length, 1);
  assert.deepEqual(heard, ['refreshed']);
});

test('every try to spend a refresh token has the same key, and the next token another', async () => {
  let lost = 3;
  const { time, network, tokens, keys } = client(() => (lost-- > 0 ? 'lost' : granting()));
  const refreshed = tokens.refresh();
  await time.advance(10_000);
  await refreshed;
  assert.equal(new Set(keys()).size, 1);
  assert.equal(keys().length, 4);
  const second = tokens.refresh();
  await settle();
  await second;
  assert.notEqual(keys()[4], keys()[0]);
  assert.notEqual(network.sent[4]?.body.refresh_token, network.sent[0]?.body.refresh_token);
});

test('the key is kept after a failed refresh, however long it takes', async () => {
  const { time, network, tokens, heard, keys } = client(granting);
  network.isUp = false;
  await Promise.all([assert.rejects(tokens.refresh(), { code: 'OFFLINE' }), time.advance(9_000)]);
  assert.deepEqual(heard, ['failed OFFLINE']);
  assert.equal(keys().length, 5);
  network.isUp = true;
  await time.advance(1_500_000);
  assert(heard.includes('refreshed'));
  assert.equal(keys()[5], keys()[0]);
  assert.notEqual(keys()[6], keys()[0]);
});

test('neither 429 nor 5xx nor a page of a proxy ends a session', async () => {
  for (const reply of [refusal(429, 'RATE_LIMITED'), refusal(503, 'STORE_UNAVAILABLE'), refusal(500, 'INTERNAL'), { status: 401, body: '<html>hotel</html>' }, { status: 403, body: { message: 'Forbidden' } }, { status: 403, body: { error: { code: 403 } } }, { status: 200, body: '<html>hotel</html>' }, ok({ nothing: 1 })]) {
    let isIll = true;
    const { time, tokens, heard } = client(() => (isIll ? reply : granting()));
    await Promise.all([tokens.refresh().catch(() => {}), time.advance(9_000)]);
    assert.match(heard.join(), /^failed [A-Z_]+$/);
    assert.equal(tokens.session?.id, 'els_1');
    isIll = false;
    await time.advance(60_000);
    assert.equal(heard.at(-1), 'refreshed');
  }
});

test('a try that hangs is aborted before the next begins', async () => {
  const { time, network, tokens } = client(() => 'silent');
  const refreshed = tokens.refresh().catch(() => {});
  await time.advance(7_999);
  assert.deepEqual(network.sent.map(({ aborted }) => aborted), [false]);
  await time.advance(500);
  assert.deepEqual(network.sent.map(({ aborted }) => aborted), [true, false]);
  await time.advance(60_000);
  await refreshed;
});

test('Retry-After is honoured: a short one by waiting, a long one by giving up until then', async () => {
  const replies = [refusal(429, 'RATE_LIMITED', { 'Retry-After': '3' }), refusal(503, 'STORE_UNAVAILABLE', { 'Retry-After': '120' })];
  const { time, network, tokens, heard } = client(() => replies.shift() ?? granting());
  const refreshed = tokens.refresh().catch(() => {});
  await time.advance(2_999);
  assert.equal(network.sent.length, 1);
  await time.advance(1);
  await refreshed;
  assert.equal(network.sent.length, 2);
  assert.deepEqual(heard, ['failed STORE_UNAVAILABLE']);
  tokens.wake();
  await time.advance(119_999);
  assert.equal(network.sent.length, 2);
  await time.advance(1);
  assert.deepEqual(heard.at(-1), 'refreshed');
});

test('never two refreshes within 10 s', async () => {
  const { time, network, tokens } = client(() => ok(grantBody('guest', 3)), 3);
  await time.advance(2_400);
  assert.equal(network.sent.length, 1);
  assert.equal(tokens.mayRefresh, false);
  await assert.rejects(tokens.refresh(), { code: 'RATE_LIMITED' });
  for (let second = 0; second < 9; second += 1) {
    tokens.wake();
    await time.advance(1_000);
  }
  assert.equal(network.sent.length, 1);
  await time.advance(1_000);
  assert.equal(network.sent.length, 2);
});

test('after sleep or bfcache one wake makes one refresh, by the wall clock', async () => {
  const { time, network, tokens } = client(granting);
  tokens.wake();
  await settle();
  assert.equal(network.sent.length, 0);
  time.sleptMs = 260_000;
  for (let wakes = 0; wakes < 4; wakes += 1) tokens.wake();
  await settle();
  assert.equal(network.sent.length, 1);
});

test('a clock set forward causes one refresh and no storm; one set back delays none', async () => {
  const forward = client(granting);
  forward.time.wallSkewMs = 3_600_000;
  for (let wakes = 0; wakes < 20; wakes += 1) {
    forward.tokens.wake();
    await forward.time.advance(1_000);
  }
  assert.equal(forward.network.sent.length, 1);
  const back = client(granting);
  back.time.wallSkewMs = -3_600_000;
  await back.time.advance(240_000);
  assert.equal(back.network.sent.length, 1);
});

test('a refresh that failed offline is repeated when the page wakes', async () => {
  const { time, network, tokens, heard } = client(granting);
  network.isUp = false;
  await Promise.all([tokens.refresh().catch(() => {}), time.advance(12_000)]);
  network.isUp = true;
  tokens.wake();
  await settle();
  assert.deepEqual(heard, ['failed OFFLINE', 'refreshed']);
});

test('a rejected session ends, and nothing is sent afterwards', async () => {
  for (const code of ['SESSION_EXPIRED', 'SESSION_REVOKED', 'REFRESH_TOKEN_REUSED', 'REFRESH_TOKEN_INVALID']) {
    const { time, network, tokens, heard } = client(() => refusal(401, code));
    await assert.rejects(tokens.refresh(), { code });
    assert.deepEqual(heard, [`ended ${code}`]);
    assert.equal(tokens.session, null);
    tokens.wake();
    await time.advance(1_000_000);
    assert.equal(network.sent.length, 1);
    await assert.rejects(tokens.call(async () => {}), { code: 'SESSION_EXPIRED' });
  }
});

test('a refresh that somebody else overtook ends the session at the bridge, then here, unless it was dropped meanwhile', async () => {
  for (const answer of [ok({ revoked: 1 }), refusal(401, 'SESSION_REVOKED'), /** @type {const} */ ('silent')]) {
    const { network, tokens, heard } = client(({ url }) => (url.endsWith('refresh') ? refusal(409, 'REFRESH_TOKEN_SUPERSEDED') : answer));
    const refreshed = assert.rejects(tokens.refresh(), { code: 'REFRESH_TOKEN_SUPERSEDED' });
    await settle();
    if (answer === 'silent') tokens.drop();
    await refreshed;
    assert.deepEqual([heard, tokens.session], [answer === 'silent' ? [] : ['ended REFRESH_TOKEN_SUPERSEDED'], null]);
    assert.deepEqual(network.sent.map(({ url }) => url.split('/').pop()), ['refresh', 'logout']);
  }
});

test('logout aborts a refresh in flight, whose answer is ignored', async () => {
  const { time, network, tokens, api, heard } = client(({ url }) => (url.endsWith('refresh') ? 'silent' : ok({ revoked: 1 })));
  const refreshed = assert.rejects(tokens.refresh());
  await settle();
  await tokens.logout(logout(api));
  await refreshed;
  assert.deepEqual(network.sent.map(({ url, aborted }) => [url.split('/').pop(), aborted]), [['refresh', true], ['logout', false]]);
  assert.equal(tokens.session, null);
  assert.deepEqual(heard, []);
  await time.advance(1_000_000);
  assert.equal(network.sent.length, 2);
});

test('a logout without an answer leaves the session unchanged', async () => {
  const { time, network, tokens, api } = client(granting);
  network.isUp = false;
  await Promise.all([assert.rejects(tokens.logout(logout(api)), { code: 'OFFLINE' }), time.advance(5_000)]);
  assert.equal(tokens.session?.id, 'els_1');
  network.isUp = true;
  await time.advance(240_000);
  assert.equal(network.to('refresh').length, 1);
});

test('a logout of a session that has ended already succeeds', async () => {
  const { tokens, api } = client(() => refusal(401, 'SESSION_REVOKED'));
  await tokens.logout(logout(api));
  assert.equal(tokens.session, null);
});

test('an expired token is refreshed once and the call repeated', async () => {
  let expired = 1;
  const { network, tokens, api } = client(({ url }) => {
    if (url.endsWith('refresh')) return granting();
    return expired-- > 0 ? refusal(401, 'TOKEN_EXPIRED') : ok({});
  });
  const send = (/** @type {import('../../../static/frame/session/grant.js').AccessToken} */ accessToken, /** @type {AbortSignal} */ signal) => api.post('request-otp', { body: {}, accessToken, signal });
  await tokens.call(send);
  assert.deepEqual(network.sent.map(({ url }) => url.split('/').pop()), ['request-otp', 'refresh', 'request-otp']);
  assert.notEqual(network.sent[0]?.headers.Authorization, network.sent[2]?.headers.Authorization);
  expired = 2;
  await assert.rejects(tokens.call(send));
  assert.equal(network.to('refresh').length, 1);
});

test('no refresh runs during a verification', async () => {
  const { time, network, tokens, api, heard } = client(({ url }) => (url.endsWith('verify-otp') ? 'silent' : granting()));
  await time.advance(238_000);
  const upgraded = tokens.upgrade((accessToken, signal) => api.post('verify-otp', { body: {}, accessToken, signal })).catch(() => {});
  const refreshed = tokens.refresh().catch(() => {});
  tokens.wake();
  await time.advance(7_999);
  assert.deepEqual(network.sent.map(({ url }) => url.split('/').pop()), ['verify-otp']);
  await time.advance(1);
  await Promise.all([upgraded, refreshed]);
  assert.deepEqual(heard, []);
});

test('a verification waits for the refresh in flight and uses its token', async () => {
  let isHeld = true;
  const { time, network, tokens, api } = client(({ url }) => {
    if (url.endsWith('verify-otp')) return ok(grantBody('authenticated'));
    return isHeld ? 'lost' : granting();
  });
  const refreshed = tokens.refresh();
  const upgraded = tokens.upgrade((accessToken, signal) => api.post('verify-otp', { body: {}, accessToken, signal }));
  await settle();
  assert.equal(network.to('verify-otp').length, 0);
  isHeld = false;
  await time.advance(500);
  await Promise.all([refreshed, upgraded]);
  assert.equal(network.to('verify-otp')[0]?.headers.Authorization, `DPoP access-${grants - 1}`);
  assert.equal(tokens.session?.state, 'authenticated');
});

test('after an unanswered verification no refresh is made while the token lives', async () => {
  const { time, network, tokens, api } = client(({ url }) => (url.endsWith('verify-otp') ? 'lost' : granting()));
  await assert.rejects(tokens.upgrade((accessToken, signal) => api.post('verify-otp', { body: {}, accessToken, signal })));
  await time.advance(299_999);
  assert.equal(network.to('refresh').length, 0);
  await time.advance(1);
  assert.equal(network.to('refresh').length, 1);
});

test('tokens adopted after a drop are refreshed on their own schedule', async () => {
  const { time, network, tokens } = client(() => 'silent');
  void tokens.refresh().catch(() => {});
  await settle();
  tokens.drop();
  tokens.adopt(readGrant({ data: grantBody(), sentAt: time.now() }));
  await time.advance(239_999);
  assert.equal(network.sent.length, 1);
  await time.advance(1);
  assert.equal(network.sent.length, 2);
});
