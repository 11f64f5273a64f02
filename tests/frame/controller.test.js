import assert from 'node:assert/strict';
import test from 'node:test';

import { MASKED, SHOP, DEFAULT_ANSWERS, frame, grant } from '../support/js/fake-frame.js';
import { refusal, settle } from '../support/js/fakes.js';

test('a guest’s handshake: one init with verifier, key and the parent’s origin', async () => {
  const { network, posted, events, shown, connect } = frame();
  await connect();
  const [init] = network.sent;
  const { code_verifier, ...rest } = init?.body;
  assert.equal(init?.url, '/v1/link/elements/init');
  assert.deepEqual(rest, { bootstrap_token: `elb_${'a'.repeat(40)}`, business_id: 'bus_demo', element: 'auth', parent_origin: SHOP, via: 'page' });
  assert.match(code_verifier, /^[A-Za-z0-9_-]{43}$/);
  assert.match(init?.headers['Idempotency-Key'] ?? '', /^[A-Za-z0-9_-]{43}$/);
  assert.notEqual(code_verifier, init?.headers['Idempotency-Key']);
  assert.equal(network.sent.length, 1);
  assert.equal(posted.length, 1);
  assert.deepEqual(events, [
    { ns: 'cimplify.link', v: 1, type: 'initialized', state: 'guest' },
    { ns: 'cimplify.link', v: 1, type: 'height_change', height: 120 },
  ]);
  assert.equal(shown.at(-1), 'showContactForm');
});

test('a session that the shop vouched for is shown as such to the customer', async () => {
  const { connect, types, shown } = frame({ init: () => grant('authenticated', ['bootstrap']) });
  await connect();
  assert.deepEqual(types(), ['initialized', 'authenticated', 'height_change']);
  assert.deepEqual(shown.slice(-2), ['showAuthenticated Signed in through this shop', `showWalletOf ${MASKED}`]);
});

test('every try of init has the same token, verifier and key', async () => {
  const replies = [() => refusal(503, 'STORE_UNAVAILABLE'), () => /** @type {const} */ ('lost')];
  const { network, connect, advance, types } = frame({ init: () => (replies.shift() ?? DEFAULT_ANSWERS.init ?? (() => 'lost'))() });
  await connect();
  await advance(5_000);
  const [first, ...others] = network.to('init');
  assert.equal(others.length, 2);
  for (const { body, headers } of others) assert.deepEqual([body, headers['Idempotency-Key']], [first?.body, first?.headers['Idempotency-Key']]);
  assert.deepEqual(types(), ['initialized', 'height_change']);
});

test('the init of a handshake says how long the document is open', async () => {
  const { network, connect } = frame();
  const before = performance.now();
  await connect();
  const said = Number(network.to('init')[0]?.headers['Open-Ms']);
  assert.deepEqual([said >= before, said <= performance.now()], [true, true]);
});

test('an expired bootstrap token starts a new handshake with a new challenge, twice at most', async () => {
  const { network, posted, connect, answer, types, shown } = frame({ init: () => refusal(401, 'BOOTSTRAP_EXPIRED') });
  await connect();
  await answer();
  await answer();
  await answer();
  assert.equal(network.to('init').length, 3);
  assert.equal(new Set(network.to('init').map(({ body }) => body.code_verifier)).size, 3);
  assert.equal(new Set(network.to('init').map(({ headers }) => headers['Idempotency-Key'])).size, 3);
  assert.equal(new Set(posted.map(({ code_challenge }) => code_challenge)).size, 3);
  assert.deepEqual(types(), ['error bootstrap_expired']);
  assert.equal(shown.at(-1), 'showStopped disconnected bootstrap_expired');
});

test('an error of init reaches the shop under its code', async () => {
  for (const [status, code, told, state] of /** @type {const} */ ([[403, 'BUSINESS_DISABLED', 'business_disabled', 'refused'], [401, 'BOOTSTRAP_INVALID', 'bootstrap_invalid', 'disconnected']])) {
    const { connect, types, shown } = frame({ init: () => refusal(status, code) });
    await connect();
    assert.deepEqual(types(), [`error ${told}`]);
    assert.equal(shown.at(-1), `showStopped ${state} ${told}`);
  }
});

test('an error names the call that was refused', async () => {
  const given = { 'X-Request-Id': '0123456789abcdef-1' };
  const refused = frame({ init: () => refusal(403, 'BUSINESS_DISABLED', given) });
  await refused.connect();
  const ended = frame({ refresh: () => refusal(401, 'REFRESH_TOKEN_REUSED', given) });
  await ended.connect();
  await ended.command('refresh', 'a');
  const kept = frame({ logout: () => refusal(401, 'MADE_UP_CODE', given), refresh: () => refusal(400, 'MADE_UP_CODE', given) });
  await kept.connect();
  await kept.command('refresh', 'a');
  for (const { events } of [refused, ended, kept]) assert.deepEqual([events.at(-1).type, events.at(-1).request_id], ['error', '0123456789abcdef-1']);
  const proxied = frame({ init: () => refusal(403, 'BUSINESS_DISABLED', { 'X-Request-Id': 'of a proxy' }) });
  await proxied.connect();
  assert.deepEqual([proxied.types(), 'request_id' in proxied.events[0]], [['error business_disabled'], false]);
});

test('the network’s return starts the handshake that failed without it', async () => {
  const { network, element, posted, connect, advance, types, shown } = frame();
  network.isUp = false;
  await connect();
  await advance(5_000);
  assert.deepEqual(types(), ['error offline']);
  element.wake(false);
  await advance(10);
  assert.equal(posted.length, 1);
  network.isUp = true;
  element.wake(true);
  await advance(10);
  assert.equal(posted.length, 2);
  assert.equal(shown.at(-1), 'showConnecting');
});

test('after a dead zone that no event ended, the handshake starts over by itself, and at once for a customer who comes back', async () => {
  for (const comesBack of [false, true]) {
    const { network, element, posted, connect, advance, types, shown } = frame({ init: () => 'lost', 'v1.js': () => 'lost' });
    await connect();
    await advance(120_000);
    assert.deepEqual([types(), posted.length, shown.at(-1)], [['error network'], 1, 'showStopped disconnected network']);
    network.answer = () => ({ status: 200 });
    if (comesBack) element.wake(false);
    await advance(10);
    const challenges = () => new Set(posted.map(({ code_challenge }) => code_challenge)).size;
    for (let waitedS = 0; !comesBack && challenges() === 1 && waitedS < 76; waitedS += 1) await advance(1_000);
    assert.deepEqual([challenges(), shown.at(-1)], [2, 'showConnecting']);
  }
});

test('a shop that leaves a new start unanswered too is no more asked by a button, until it has answered', async () => {
  const { element, advance, shown, answer } = frame();
  const wait = async () => {
    element.startAgain();
    await advance(20_000);
    return shown.at(-1);
  };
  assert.deepEqual([await wait(), await wait()], ['showStopped disconnected disconnected', 'showStopped refused disconnected']);
  await answer();
  void element.start();
  await advance(20_000);
  assert.equal(shown.at(-1), 'showStopped disconnected disconnected');
});

test('without an answer of the shop a text and a new start are shown', async () => {
  const { element, advance, shown, answer, types } = frame();
  void element.start();
  await advance(4_999);
  assert.equal(shown.at(-1), 'showConnecting');
  await advance(1);
  assert.equal(shown.at(-1), 'showSlow', 'bars that stand for long are explained');
  await advance(14_999);
  assert.equal(shown.at(-1), 'showSlow');
  await advance(1);
  assert.equal(shown.at(-1), 'showStopped disconnected disconnected');
  await answer();
  assert.deepEqual(types(), ['initialized', 'height_change']);
});

test('the end of the session is reported once, with the id of the refresh that met it', async () => {
  const { connect, command, events, shown } = frame({ refresh: () => refusal(401, 'REFRESH_TOKEN_REUSED') });
  await connect();
  await command('refresh', 'a');
  assert.deepEqual(events.slice(2), [{ ns: 'cimplify.link', v: 1, type: 'error', code: 'session_expired', retryable: false, message: 'The session is over.', id: 'a' }]);
  assert.equal(shown.at(-1), 'showStopped ended session_expired');
  await command('refresh', 'b');
  assert.deepEqual([events.at(-1).code, events.at(-1).id], ['not_connected', 'b']);
});

test('an origin that is no longer allowed ends the element for good', async () => {
  const { connect, advance, types, shown } = frame({ refresh: () => refusal(403, 'ORIGIN_NOT_ALLOWED') });
  await connect();
  await advance(240_000);
  assert.deepEqual(types().slice(2), ['error origin_not_allowed']);
  assert.equal(shown.at(-1), 'showStopped refused origin_not_allowed');
});

test('each answer to init gives it 20 s more', async () => {
  const refused = refusal(429, 'RATE_LIMITED', { 'Retry-After': '8' });
  /** @type {import('../support/js/fakes.js').Reply[]} */
  const replies = [refusal(401, 'USE_DPOP_NONCE'), refused, refused, 'silent'];
  const { connect, advance, types, network } = frame({ init: () => replies.shift() ?? 'silent' });
  await connect();
  await advance(23_900);
  assert.deepEqual([types(), network.to('init').length], [[], 4]);
  await advance(200);
  assert.deepEqual(types(), ['error network']);
});

test('the frame gives up 20 s after init, or when the shop does', async () => {
  const late = frame({ init: () => 'silent' });
  await late.connect();
  await late.advance(20_000);
  assert.deepEqual(late.types(), ['error timeout']);
  assert.equal(late.shown.at(-1), 'showStopped disconnected disconnected');
  assert.equal(late.network.to('init').every(({ aborted }) => aborted), true);
  const left = frame({ init: () => 'silent' });
  await left.connect();
  await left.command('destroy', 'a');
  assert.equal(left.shown.at(-1), 'showStopped disconnected disconnected');
  await left.advance(60_000);
  assert.deepEqual([left.network.sent.length, left.types()], [1, []]);
});

test('a handshake that fails without an answer is told to the bridge, and one that it has refused is not', async () => {
  const failures = (/** @type {ReturnType<typeof frame>} */ { network }) => network.to('failures').map(({ body }) => body);
  const silentPage = frame();
  void silentPage.element.start();
  await silentPage.advance(30_000);
  assert.deepEqual(failures(silentPage), [{ code: 'timeout' }]);
  const silentBridge = frame({ init: () => 'silent' });
  await silentBridge.connect();
  await silentBridge.advance(20_000);
  assert.deepEqual(failures(silentBridge), [{ code: 'timeout' }]);
  const refused = frame({ init: () => refusal(403, 'BUSINESS_DISABLED', { 'X-Request-Id': '0123456789abcdef' }) });
  await refused.connect();
  assert.deepEqual([failures(refused), refused.types()], [[], ['error business_disabled']]);
});

/** A sign-in by the shop whose tab stores it when the test says so. */
async function signedInWhileKept() {
  let stored = () => {};
  const kept = { resume: async () => null, tell: () => {}, drop: () => {}, forget: () => {}, keep: () => new Promise((/** @type {(value?: unknown) => void} */ resolve) => { stored = resolve; }) };
  const made = frame({ init: () => grant('authenticated', ['bootstrap']) }, { loadKept: async () => kept });
  await made.connect();
  return { ...made, stored: () => { stored(); return settle(); } };
}

test('the shop hears of a sign-in once a reload keeps it, and the customer at once', async () => {
  const { types, shown, stored } = await signedInWhileKept();
  assert.deepEqual([types(), shown.at(-1)], [['initialized', 'height_change'], 'showAuthenticated Signed in through this shop']);

  await stored();

  assert.deepEqual(types(), ['initialized', 'height_change', 'authenticated']);
});

test('a sign-out before it is kept is the last that the shop hears', async () => {
  const { element, advance, types, stored } = await signedInWhileKept();
  element.signOut();
  await advance(10);

  await stored();

  assert.deepEqual(types(), ['initialized', 'height_change', 'logout_complete']);
});
