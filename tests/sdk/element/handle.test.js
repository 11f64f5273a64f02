import assert from 'node:assert/strict';
import test from 'node:test';

import { OTHER_CHALLENGE, ready, shop } from '../../support/js/fake-shop.js';
import { settle } from '../../support/js/fakes.js';

test('commands are answered by id, in any order, and have a deadline', async () => {
  const { handle, connect, say, port, time, events } = shop();
  await connect();
  const refreshed = handle.refresh();
  const refused = assert.rejects(handle.refresh(), { code: 'rate_limited', retryable: true });
  const [first, second] = port().other.posted;
  assert.deepEqual(first, { ns: 'cimplify.link', v: 1, type: 'refresh', id: 'c1' });
  await say('error', { code: 'rate_limited', retryable: true, message: 'm', id: second.id });
  await say('token_refreshed', { expires_in: 300, id: first.id });
  assert.deepEqual(await refreshed, { expires_in: 300 });
  await refused;
  const late = assert.rejects(handle.logout(), { code: 'timeout' });
  await time.advance(20_000);
  await late;
  assert.deepEqual(events.slice(1), [['error', { code: 'rate_limited', retryable: true, message: 'm' }], ['token_refreshed', { expires_in: 300 }]]);
});

test('a refresh waits for the session, a sign-out for the port alone, and both fail with the handshake', async () => {
  const { handle, receive, say, port, events } = shop();
  const early = handle.logout();
  await receive(ready());
  const refreshed = handle.refresh();
  await settle();
  assert.deepEqual(port().other.posted.map((/** @type {any} */ { type }) => type), ['logout']);
  await say('initialized', { state: 'guest' });
  assert.deepEqual(port().other.posted.map((/** @type {any} */ { type }) => type), ['logout', 'refresh']);
  await say('token_refreshed', { expires_in: 300, id: 'c2' });
  await say('logout_complete', { id: 'c1' });
  await Promise.all([early, refreshed]);
  assert.deepEqual(events.map(([type]) => type), ['initialized', 'token_refreshed', 'logout_complete']);
  const failed = shop();
  const refused = assert.rejects(failed.handle.logout(), { code: 'business_disabled' });
  await failed.receive(ready());
  await failed.say('error', { code: 'business_disabled', retryable: false, message: 'm' });
  await refused;
  await assert.rejects(failed.handle.logout(), { code: 'not_connected' });
});

test('an error that answers a command ends neither handshake nor session, unless it says so', async () => {
  const { handle, receive, say, connect } = shop();
  await receive(ready());
  await say('error', { code: 'not_connected', retryable: true, message: 'm', id: 'c9' });
  assert.equal(handle.state, 'connecting');
  await connect();
  await say('initialized', { state: 'guest' });
  await say('error', { code: 'signed_out', retryable: false, message: 'm', id: 'c9' });
  assert.equal(handle.state, 'guest');
  await say('error', { code: 'session_expired', retryable: false, message: 'm', id: 'c9' });
  assert.equal(handle.state, 'ended');
});

test('two logouts are both answered, and one event is emitted', async () => {
  const { handle, connect, say, events } = shop();
  await connect();
  const both = Promise.all([handle.logout(), handle.logout()]);
  await say('logout_complete', { id: 'c1' });
  await say('logout_complete', { id: 'c2' });
  assert.deepEqual(await both, [{}, {}]);
  assert.deepEqual(events.map(([type]) => type), ['initialized', 'logout_complete']);
});

test('`selected` reaches the shop unchanged, again at each choice, with its known fields only', async () => {
  const { events, connect, say } = shop();
  await connect();
  const choice = { element: 'address', id: `addr_${'a'.repeat(22)}`, label: 'Home, Accra' };
  for (const label of [choice.label, 'Work, Kumasi']) await say('selected', { ...choice, label, customer_id: 'cus_1' });
  for (const wrong of [{ id: '../x' }, { label: 'x'.repeat(121) }, { label: undefined }, { element: 'card' }]) await say('selected', { ...choice, ...wrong });
  assert.deepEqual(events.slice(1), [['selected', choice], ['selected', { ...choice, label: 'Work, Kumasi' }]]);
});

test('after a listener that destroys the element no other listener is called', async () => {
  const { handle, connect, say } = shop();
  await connect();
  let calls = 0;
  handle.on('authenticated', () => handle.destroy());
  handle.on('authenticated', () => { calls += 1; });
  await say('authenticated');
  assert.equal(calls, 0);
});

test('an error before `initialized` ends the handshake; the end of the session is a state', async () => {
  const failed = shop();
  await failed.receive(ready());
  await failed.say('error', { code: 'business_disabled', retryable: false, message: 'm' });
  await assert.rejects(failed.handle.ready, { code: 'business_disabled' });
  assert.equal(failed.handle.state, 'failed');
  await failed.time.advance(60_000);
  assert.deepEqual(failed.codes(), ['business_disabled']);

  const ended = shop();
  await ended.connect();
  await ended.say('error', { code: 'offline', retryable: true, message: 'm' });
  assert.equal(ended.handle.state, 'guest');
  await ended.say('error', { code: 'session_revoked', retryable: false, message: 'm' });
  assert.equal(ended.handle.state, 'ended');
});

test('the iframe has the height that the frame reports, within bounds', async () => {
  const { connect, say, iframe } = shop();
  await connect();
  await say('height_change', { height: 321 });
  assert.equal(iframe.style.height, '321px');
  for (const [height, expected] of [[-4, '0px'], [1e9, '10000px']]) {
    await say('height_change', { height });
    assert.equal(iframe.style.height, expected);
  }
  await say('height_change', { height: '5px; position: fixed' });
  assert.equal(iframe.style.height, '10000px');
});

test('the shop receives the closed list of events with their known fields only', async () => {
  const { connect, say, events, port } = shop();
  await connect();
  await say('token_refreshed', { expires_in: 300, access_token: 'x' });
  await say('session', { secret: 'x' });
  for (const junk of [null, 1, 'x', [], {}]) port().postMessage(junk);
  await settle();
  assert.deepEqual(events.slice(1), [['token_refreshed', { expires_in: 300 }]]);
});

test('an exception or removal of one listener does not affect the others', async () => {
  const { handle, connect, say, reported, events } = shop();
  const fault = new Error('listener');
  const leave = handle.on('authenticated', () => { throw fault; });
  handle.on('authenticated', () => events.push(['second', null]));
  await connect();
  await say('authenticated');
  leave();
  await say('authenticated');
  assert.deepEqual(reported, [fault]);
  assert.equal(events.filter(([type]) => type === 'second').length, 2);
  assert.throws(() => handle.on(/** @type {any} */ ('__proto__'), () => {}), TypeError);
  assert.throws(() => handle.on('error', /** @type {any} */ (null)), TypeError);
});

test('destroy leaves nothing: no iframe, port, timer, listener, request or event', async () => {
  const { handle, connect, receive, port, time, iframe, network, events, window, document } = shop();
  await connect();
  const frameEnd = port();
  const refreshed = assert.rejects(handle.refresh(), { code: 'destroyed' });
  handle.destroy();
  handle.destroy();
  await refreshed;
  assert.equal(handle.state, 'destroyed');
  assert.equal(iframe.isInPage, false);
  assert.equal(frameEnd.other.isClosed, true);
  assert.equal(frameEnd.other.posted.at(-1).type, 'destroy');
  assert.equal(time.timers.size, 0);
  const before = events.length;
  frameEnd.postMessage({ ns: 'cimplify.link', v: 1, type: 'authenticated' });
  await receive(ready(OTHER_CHALLENGE));
  window.dispatchEvent(new Event('online'));
  document.dispatchEvent(new Event('securitypolicyviolation'));
  await time.advance(1_000_000);
  assert.equal(events.length, before);
  assert.equal(network.sent.length, 1);
  await assert.rejects(handle.refresh(), { code: 'destroyed' });
});

test('destroy in the middle of the handshake aborts the call', async () => {
  const { handle, receive, network, time, codes, iframe } = shop({ answer: () => 'silent' });
  await receive(ready());
  handle.destroy();
  await time.advance(100_000);
  assert.deepEqual(network.sent.map(({ aborted }) => aborted), [true]);
  assert.deepEqual(codes(), []);
  assert.equal(iframe.contentWindow.received.length, 0);
  await assert.rejects(handle.ready, { code: 'destroyed' });
});
