import assert from 'node:assert/strict';
import test from 'node:test';

import { frame, grant } from '../../support/js/fake-frame.js';
import { guests, signIn } from '../../support/js/fake-siblings.js';
import { ok, refusal } from '../../support/js/fakes.js';

test('a code is requested, rejected, corrected; the customer is signed in and no secret leaks', async () => {
  const replies = [() => refusal(422, 'OTP_INVALID')];
  const { network, element, connect, advance, events, shown } = frame({ 'verify-otp': () => (replies.shift() ?? (() => grant('authenticated', ['otp'])))() });
  await connect();
  element.requestCode('nonsense');
  assert.match(shown.at(-1) ?? '', /^showContactForm Enter a phone/);
  element.requestCode('+233 24 123 4567');
  element.requestCode('+233 24 123 4567');
  await advance(10);
  assert.equal(network.to('request-otp').length, 1);
  assert.deepEqual(network.to('request-otp')[0]?.body, { contact: '+233241234567', contact_type: 'phone' });
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

test('a code whose answer was lost is sent again with the same key', async () => {
  let lost = 3;
  const { network, element, connect, advance, shown } = frame({ 'verify-otp': () => (lost-- > 0 ? 'lost' : grant('authenticated', ['otp'])) });
  await connect();
  element.requestCode('ama@mail.example');
  await advance(10);
  element.verifyCode('123456');
  await advance(5_000);
  assert.match(shown.filter((call) => !call.startsWith('showResendIn')).at(-1) ?? '', /We cannot reach Link/);
  element.verifyCode('123456');
  await advance(10);
  assert.equal(network.to('verify-otp').length, 4);
  assert.equal(new Set(network.to('verify-otp').map(({ headers }) => headers['Idempotency-Key'])).size, 1);
  assert.equal(shown.at(-2), 'showAuthenticated a•••@mail.example');
});

test('a new code can be requested after 30 s, or as long as the server says', async () => {
  let limited = false;
  const { network, element, connect, advance, shown } = frame({ 'request-otp': () => (limited ? refusal(429, 'RATE_LIMITED', { 'Retry-After': '120' }) : ok({})) });
  await connect();
  element.requestCode('ama@mail.example');
  await advance(29_000);
  element.resend();
  await advance(0);
  assert.equal(network.to('request-otp').length, 1);
  await advance(1_000);
  assert.equal(shown.at(-1), 'showResendIn 0');
  limited = true;
  element.resend();
  await advance(0);
  assert.equal(network.to('request-otp').length, 2);
  assert.match(shown.at(-1) ?? '', /Try again in 2 minutes/);
  assert.equal(shown.at(-2), 'showResendIn 120000');
  await advance(119_000);
  element.resend();
  await advance(1_000);
  assert.equal(network.to('request-otp').length, 2);
});

test('another contact starts over, but not while a code is being verified', async () => {
  const { element, connect, advance, shown } = frame({ 'verify-otp': () => refusal(409, 'CONFLICT') });
  await connect();
  element.requestCode('ama@mail.example');
  await advance(10);
  element.verifyCode('123456');
  element.changeContact();
  assert.match(shown.at(-1) ?? '', /^showCodeForm/);
  await advance(10);
  element.changeContact();
  assert.equal(shown.at(-1), 'showContactForm');
});

/** @param {string} limit */
const pause = (limit, after = '30') => refusal(429, 'RATE_LIMITED', { 'Retry-After': after, 'RateLimit-Policy': `"${limit}";q=1;w=30` });

test('a code that was requested here without an answer can be typed', async () => {
  for (const [limit, form] of [['otp_wait', 'showCodeForm'], ['calls', 'showContactForm']]) {
    let isLost = true;
    const { element, connect, advance, shown } = frame({ 'request-otp': () => (isLost ? 'lost' : pause(limit ?? '')) });
    await connect();
    element.requestCode('ama@mail.example');
    await advance(0);
    isLost = false;
    element.requestCode('ama@mail.example');
    await advance(0);
    assert.match(shown.filter((call) => /Form/.test(call)).at(-1) ?? '', new RegExp(`^${form}`));
  }
});

test('a code sent for another purpose cannot be typed here; the customer is told when to request one', async () => {
  let isPaused = true;
  const { network, element, connect, advance, shown } = frame({ 'request-otp': () => (isPaused ? pause('otp_wait', '20') : ok({})) });
  const forms = () => shown.filter((call) => /Form/.test(call));
  await connect();
  element.requestCode('ama@mail.example');
  await advance(5_000);
  element.requestCode('ama@mail.example');
  assert.deepEqual(forms().slice(-2), [20, 15].map((seconds) => `showContactForm A code for something else was just sent there. You can ask for one for Link in ${seconds} seconds.`));
  assert.equal(network.to('request-otp').length, 1);
  await advance(15_000);
  assert.equal(forms().at(-1), 'showContactForm You can ask for the code now.');
  isPaused = false;
  element.requestCode('ama@mail.example');
  await advance(0);
  assert.equal(forms().at(-1), 'showCodeForm ama@mail.example');
  assert.equal(shown.filter((call) => call.startsWith('showCodeForm')).length, 1);
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

test('the pause of one contact does not delay another', async () => {
  const { element, connect, advance, shown } = frame({ 'request-otp': ({ body }) => (body.contact === 'ama@mail.example' ? pause('otp_wait') : ok({})) });
  await connect();
  for (const contact of ['ama@mail.example', 'kofi@mail.example']) {
    element.requestCode(contact);
    await advance(0);
  }
  await advance(40_000);
  assert.deepEqual(shown.filter((call) => /Form/.test(call)).slice(-1), ['showCodeForm kofi@mail.example']);
});

test('the same contact again shows the code form of the code already sent', async () => {
  let limited = false;
  const { network, element, connect, advance, shown } = frame({ 'request-otp': () => (limited ? refusal(429, 'RATE_LIMITED', { 'Retry-After': '20' }) : ok({})) });
  await connect();
  for (const seconds of [30, 20]) {
    element.requestCode('ama@mail.example');
    await advance(0);
    element.changeContact();
    element.requestCode('ama@mail.example');
    await advance(0);
    assert.equal(network.to('request-otp').length, seconds === 30 ? 1 : 2);
    assert.deepEqual(shown.filter((call) => !call.startsWith('showResendIn')).slice(-2), [
      'showCodeForm ama@mail.example', `showCodeProblem A code was just sent. You can ask for a new one in ${seconds} seconds. false`,
    ]);
    assert.equal(shown.at(-1), `showResendIn ${seconds * 1000}`);
    element.changeContact();
    limited = true;
    await advance(30_000);
  }
  element.verifyCode('123456');
  assert.equal(network.to('verify-otp').length, 0);
});
