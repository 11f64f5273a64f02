import assert from 'node:assert/strict';
import test from 'node:test';

import { frame, grant } from '../../support/js/fake-frame.js';
import { guests, signIn } from '../../support/js/fake-siblings.js';
import { ok, refusal } from '../../support/js/fakes.js';

const GHANA_SHOWN = '+233\u00a024\u00a0123\u00a04567, Ghana';
const ASK_LATER = 'Another code cannot be sent yet. If you have one, enter it.';

/** @param {string[]} shown */
const forms = (shown) => shown.filter((call) => /Form/.test(call));

/** @param {string[]} shown */
const lastButTicks = (shown) => shown.filter((call) => !call.startsWith('showResendIn')).at(-1) ?? '';

/** Refusal by a bound of the bridge. @param {string} limit @param {string} [after] seconds */
const limited = (limit, after = '30') => refusal(429, 'RATE_LIMITED', { 'Retry-After': after, 'RateLimit-Policy': `"${limit}";q=1;w=30` });

test('a code is requested, rejected, corrected; the customer is signed in and no secret leaks', async () => {
  const replies = [() => refusal(422, 'OTP_INVALID')];
  const { network, element, connect, advance, events, shown } = frame({ 'verify-otp': () => (replies.shift() ?? (() => grant('authenticated', ['otp'])))() });
  await connect();
  element.requestCode('nonsense');
  await advance(0);
  assert.match(shown.at(-1) ?? '', /^showContactForm Enter a phone/);
  element.requestCode('024 123 4567');
  element.requestCode('024 123 4567');
  await advance(10);
  assert.equal(network.to('request-otp').length, 1);
  assert.deepEqual(network.to('request-otp')[0]?.body, { contact: '+233241234567', contact_type: 'phone', locale: 'en' });
  assert.equal(lastButTicks(shown), `showCodeForm ${GHANA_SHOWN} `);
  element.verifyCode('12 34');
  assert.match(shown.at(-1) ?? '', /6 digits/);
  element.verifyCode('111111');
  await advance(10);
  assert.match(shown.at(-1) ?? '', /^showCodeProblem That code is not right/);
  element.verifyCode('123 456');
  await advance(10);
  const tries = network.to('verify-otp');
  assert.deepEqual(tries.map(({ body }) => body.otp_code), ['111111', '123456']);
  assert.notEqual(tries[0]?.headers['Idempotency-Key'], tries[1]?.headers['Idempotency-Key']);
  assert.equal(shown.at(-2), 'showAuthenticated •••• 4567');
  assert.deepEqual(events.at(-1), { ns: 'cimplify.link', v: 1, type: 'authenticated' });
  assert.equal(/4567|123456|access-|refresh-|els_/.test(JSON.stringify(events)), false);
});

test('a code whose answer was lost is sent again with the same key, also after it was asked for again', async () => {
  let lost = 3;
  const { network, element, connect, advance, shown } = frame({ 'verify-otp': () => (lost-- > 0 ? 'lost' : grant('authenticated', ['otp'])) });
  await connect();
  element.requestCode('ama@mail.example');
  await advance(10);
  element.verifyCode('123456');
  await advance(35_000);
  assert.match(lastButTicks(shown), /We cannot reach Link/);
  element.resend();
  await advance(10);
  element.verifyCode('123456');
  await advance(10);
  assert.equal(network.to('verify-otp').length, 4);
  assert.equal(new Set(network.to('verify-otp').map(({ headers }) => headers['Idempotency-Key'])).size, 1);
  assert.equal(shown.at(-2), 'showAuthenticated a•••@mail.example');
});

test('a new code can be requested when the answer says, after 30 s where it does not, or as late as a refusal says', async () => {
  for (const [answer, waitMs] of /** @type {const} */ ([[{}, 30_000], [{ ask_again_in: 12 }, 12_000], [{ ask_again_in: 0 }, 0]])) {
    let isLimited = false;
    const { network, element, connect, advance, shown } = frame({ 'request-otp': () => (isLimited ? refusal(429, 'RATE_LIMITED', { 'Retry-After': '120' }) : ok(answer)) });
    await connect();
    element.requestCode('ama@mail.example');
    await advance(Math.max(0, waitMs - 1_000));
    if (waitMs > 0) element.resend();
    await advance(0);
    assert.equal(network.to('request-otp').length, 1);
    await advance(1_000);
    assert.equal(shown.at(-1), 'showResendIn 0');
    isLimited = true;
    element.resend();
    await advance(0);
    assert.equal(network.to('request-otp').length, 2);
    assert.match(shown.at(-1) ?? '', /Try again in 2 minutes/);
    assert.equal(shown.at(-2), 'showResendIn 120000');
    await advance(119_000);
    element.resend();
    await advance(1_000);
    assert.equal(network.to('request-otp').length, 2);
  }
});

test('what a refused code was is told apart, each with what helps', async () => {
  const texts = { OTP_INVALID: /not right\. Check it/, OTP_EXPIRED: /used or is too old\. Ask for another/, OTP_ATTEMPTS_EXCEEDED: /Too many wrong tries\. Ask for a code again/ };
  for (const [code, words] of Object.entries(texts)) {
    const { element, connect, advance, shown } = frame({ 'verify-otp': () => refusal(422, code) });
    await connect();
    element.requestCode('ama@mail.example');
    await advance(0);
    element.verifyCode('123456');
    await advance(0);
    assert.match(lastButTicks(shown), words);
  }
});

test('a number that the API refuses is explained, and marked in its field', async () => {
  for (const [error, words] of /** @type {const} */ ([[{ code: 'VALIDATION_ERROR', details: { fields: ['contact'], reasons: { contact: 'not_mobile' } } }, /not a mobile number/], [{ code: 'COUNTRY_NOT_SUPPORTED' }, /of this country cannot be used/], [{ code: 'RESERVED_CONTACT' }, /is for tests only/]])) {
    const { element, connect, advance, shown } = frame({ 'request-otp': () => ({ status: 422, body: { success: false, error } }) });
    await connect();
    element.requestCode('0302221111');
    await advance(0);
    assert.match(lastButTicks(shown), words);
    assert.match(lastButTicks(shown), /^showContactForm .* true$/);
  }
});

test('the code is sent another way where the answer names a second channel, and back again', async () => {
  let channels = ['sms', 'whatsapp'];
  const { network, element, connect, advance, shown } = frame({ 'request-otp': ({ body }) => {
    channels = body.channel === undefined ? ['sms', 'whatsapp'] : [body.channel, ...channels.filter((name) => name !== body.channel)];
    return ok({ ask_again_in: 30, channels });
  } });
  await connect();
  element.requestCode('0241234567');
  await advance(0);
  assert.equal(lastButTicks(shown), `showCodeForm ${GHANA_SHOWN} whatsapp`);
  element.sendOtherWay();
  await advance(30_000);
  element.sendOtherWay();
  await advance(30_000);
  assert.match(lastButTicks(shown), /^showCodeProblem The code was sent again\./);
  element.sendOtherWay();
  await advance(30_000);
  element.resend();
  await advance(0);
  assert.deepEqual(network.to('request-otp').map(({ body }) => body.channel), [undefined, 'whatsapp', 'sms', undefined]);
});

test('without a second channel, "another way" is not offered, and asks for nothing else', async () => {
  const { element, network, connect, advance, shown } = frame({ 'request-otp': () => ok({ channels: ['sms'] }) });
  await connect();
  element.requestCode('0241234567');
  await advance(30_000);
  assert.equal(forms(shown).at(-1), `showCodeForm ${GHANA_SHOWN} `);
  element.sendOtherWay();
  await advance(0);
  assert.deepEqual(network.to('request-otp').map(({ body }) => body.channel), [undefined, undefined]);
});

test('another contact starts over, but not while a code is being verified', async () => {
  const { element, connect, advance, shown } = frame({ 'verify-otp': () => refusal(422, 'OTP_INVALID') });
  await connect();
  element.requestCode('ama@mail.example');
  await advance(10);
  element.verifyCode('123456');
  element.changeContact();
  assert.match(lastButTicks(shown), /^showCodeForm/);
  await advance(10);
  element.changeContact();
  assert.equal(shown.at(-1), 'showContactForm');
});

test('a code that was sent before this document was loaded can be typed without another message', async () => {
  const { network, element, connect, advance, shown } = frame();
  await connect();
  element.enterCode('ama');
  await advance(0);
  assert.match(lastButTicks(shown), /^showContactForm Enter a phone/);
  element.enterCode('024 123 4567');
  await advance(0);
  assert.deepEqual([lastButTicks(shown), shown.at(-1)], [`showCodeForm ${GHANA_SHOWN} `, 'showResendIn 0']);
  element.verifyCode('123456');
  await advance(0);
  assert.deepEqual([network.to('request-otp').length, network.to('verify-otp').map(({ body }) => body)], [0, [{ contact: '+233241234567', contact_type: 'phone', otp_code: '123456' }]]);
  assert.equal(shown.at(-2), 'showAuthenticated •••• 4567');
});

test('where a code was sent too recently for another, the code form is shown; any other bound says how long it lasts', async () => {
  for (const [limit, form] of [['otp_wait', `showCodeForm ama@mail.example `], ['otp_minute', `showCodeForm ama@mail.example `], ['otp_hourly', 'showContactForm Too many tries. Try again in 30 seconds. false'], ['calls', 'showContactForm Too many tries. Try again in 30 seconds. false']]) {
    const { element, connect, advance, shown } = frame({ 'request-otp': () => limited(limit ?? '') });
    await connect();
    element.requestCode('ama@mail.example');
    await advance(0);
    assert.equal(forms(shown).at(-1), form);
    assert.equal(shown.includes(`showCodeProblem ${ASK_LATER} false`), form?.startsWith('showCode'));
    assert.equal(shown.at(-1) === 'showResendIn 30000', form?.startsWith('showCode'));
  }
});

test('a customer who returns to the contact form is signed in by an element that signed in meanwhile', async () => {
  const { frames: [first, second] } = await guests(2);
  second.element.requestCode('kofi@mail.example');
  await second.advance(10);
  await signIn(first);
  assert.equal(second.types().includes('authenticated'), false);
  second.element.changeContact();
  await second.advance(50);
  assert.equal(second.types().at(-1), 'authenticated');
});

test('the wait of one contact does not delay another', async () => {
  const { network, element, connect, advance, shown } = frame();
  await connect();
  for (const contact of ['ama@mail.example', 'kofi@mail.example']) {
    element.requestCode(contact);
    await advance(0);
    element.changeContact();
  }
  element.enterCode('ama@mail.example');
  await advance(0);
  assert.equal(network.to('request-otp').length, 2);
  assert.equal(shown.at(-1), 'showResendIn 0');
});

test('the same contact again shows the code form of the code already sent', async () => {
  const { network, element, connect, advance, shown } = frame();
  await connect();
  element.requestCode('ama@mail.example');
  await advance(10_000);
  element.changeContact();
  element.requestCode('ama@mail.example');
  await advance(0);
  assert.equal(network.to('request-otp').length, 1);
  assert.deepEqual([lastButTicks(shown), shown.at(-1)], [`showCodeProblem ${ASK_LATER} false`, 'showResendIn 20000']);
  element.changeContact();
  await advance(30_000);
  element.requestCode('ama@mail.example');
  await advance(0);
  assert.equal(network.to('request-otp').length, 2);
  element.changeContact();
  element.verifyCode('123456');
  assert.equal(network.to('verify-otp').length, 0);
});

test('without a country a national number is asked for its country', async () => {
  const { network, element, connect, advance, shown } = frame({}, { home: null });
  await connect();
  for (const [typed, words] of /** @type {const} */ ([['0241234567', /Choose the country/], ['ama', /Enter a phone/], ['ama@mail', /Enter a phone/]])) {
    element.requestCode(typed);
    await advance(0);
    assert.match(lastButTicks(shown), words);
  }
  for (const expected of [[], ['+254712345678']]) { // with its country code it needs none, once it was shown
    element.requestCode('254712345678');
    await advance(0);
    assert.deepEqual(network.to('request-otp').map(({ body }) => body.contact), expected);
    await advance(1000);
  }
});

test('a code that the browser read from its message is filled in and not sent; e-mail has none', async () => {
  /** @type {{ signal: AbortSignal, arrive: (code: string) => void }[]} */
  const waiting = [];
  const receiveCode = (/** @type {AbortSignal} */ signal) => new Promise((/** @type {(code: string) => void} */ arrive, reject) => {
    waiting.push({ signal, arrive });
    signal.addEventListener('abort', () => reject(new DOMException('left', 'AbortError')));
  });
  const arriveBeforeAnswer = () => {
    if (waiting.length === 1) waiting[0]?.arrive('123456');
    return ok({});
  };
  const { network, element, connect, advance, shown } = frame({ 'request-otp': arriveBeforeAnswer }, { receiveCode });
  await connect();
  element.requestCode('ama@mail.example');
  await advance(0);
  assert.equal(waiting.length, 0);
  element.changeContact();
  element.requestCode('0241234567');
  await advance(0);
  assert.equal(lastButTicks(shown), 'fillCode 123456');
  await advance(30_000);
  element.resend();
  await advance(0);
  assert.deepEqual(waiting.map(({ signal }) => signal.aborted), [true, false]);
  waiting[1]?.arrive('12 34');
  await advance(0);
  assert.equal(shown.filter((call) => call.startsWith('fillCode')).length, 1);
  element.changeContact();
  assert.equal(waiting[1]?.signal.aborted, true);
  assert.equal(network.to('verify-otp').length, 0);
});

test('the wait for a message ends with the form, or where no code was sent', async () => {
  /** @type {AbortSignal[]} */
  const signals = [];
  const receiveCode = async (/** @type {AbortSignal} */ signal) => (signals.push(signal), '');
  let isLimited = true;
  const { element, connect, advance } = frame({ 'request-otp': () => (isLimited ? limited('otp_hourly') : ok({})) }, { receiveCode });
  await connect();
  element.requestCode('0241234567');
  await advance(0);
  assert.equal(signals[0]?.aborted, true);
  isLimited = false;
  element.requestCode('0241234567');
  await advance(0);
  assert.equal(signals[1]?.aborted, false);
  element.verifyCode('123456');
  await advance(10);
  assert.equal(signals[1]?.aborted, true);
});
