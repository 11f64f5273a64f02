/** What a customer types or pastes at sign-in: numbers of any country, and codes in their message. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { frame, GHANA } from '../../support/js/fake-frame.js';
import { refusal } from '../../support/js/fakes.js';

const IVORY_COAST = { region: 'CI', code: '225', trunk: '' };

/** From then on a number counts as read. */
const READ_MS = 1_000;

/** @param {string[]} shown */
const lastButTicks = (shown) => shown.filter((call) => !call.startsWith('showResendIn')).at(-1) ?? '';

test('before a code is sent, a number of another country was shown; one of the chosen country goes at once', async () => {
  for (const [home, typed, presses] of /** @type {const} */ ([[GHANA, '254712345678', 2], [GHANA, '+254 712 345678', 2], [GHANA, '+233 24 123 4567', 1], [GHANA, '0241234567', 1], [IVORY_COAST, '0501234567', 1], [IVORY_COAST, '+2250501234567', 1], [IVORY_COAST, '0241234567', 1]])) {
    const { network, element, connect, advance, shown } = frame({}, { home });
    await connect();
    for (let press = 1; press <= presses; press += 1) {
      element.requestCode(typed);
      await advance(0);
      assert.equal(network.to('request-otp').length, Number(press === presses), `${typed}, press ${press}`);
      if (press < presses) assert.match(lastButTicks(shown), /^showContactForm Is this the right number and country\? .* false$/);
      await advance(READ_MS);
    }
  }
});

test('a number that is shown while the table comes was not read yet; one that could be read before goes at once', async () => {
  const { network, element, connect, advance, phones } = frame({}, { home: GHANA });
  await connect();
  element.requestCode('254712345678');
  void phones.loadCountries().then(() => phones.peek('254712345678')); // as the field does
  await advance(0);
  assert.deepEqual(network.to('request-otp'), []);
  phones.peek('2250501234567');
  await advance(READ_MS);
  element.requestCode('2250501234567');
  await advance(0);
  assert.deepEqual(network.to('request-otp').map(({ body }) => body.contact), ['+2250501234567']);
});

test('a second press in impatience sends nothing to a number that nobody could read yet', async () => {
  const { network, element, connect, advance } = frame({}, { home: GHANA });
  await connect();
  for (const wait of [0, 40, 100, READ_MS - 141]) {
    await advance(wait);
    element.requestCode('254712345678');
    await advance(0);
    assert.deepEqual(network.to('request-otp'), [], `${wait} ms later`);
  }
  await advance(1);
  element.requestCode('254712345678');
  await advance(0);
  assert.deepEqual(network.to('request-otp').map(({ body }) => body.contact), ['+254712345678']);
});

test('a number of too few digits, or of too many, is told so', async () => {
  const { network, element, connect, advance, shown } = frame();
  await connect();
  for (const [typed, words] of /** @type {const} */ ([['24', /too short\. Enter all its digits/], ['+1', /too short/], ['+', /Enter a phone/], ['02412345678901234', /too long/]])) {
    element.requestCode(typed);
    await advance(0);
    assert.match(lastButTicks(shown), words);
    assert.match(lastButTicks(shown), /^showContactForm .* true$/);
  }
  assert.deepEqual(network.to('request-otp'), []);
});

test('a code is taken out of the message that was pasted with it', async () => {
  const { network, element, connect, advance } = frame({ 'verify-otp': () => refusal(422, 'OTP_INVALID') });
  await connect();
  element.requestCode('ama@mail.example');
  await advance(0);
  for (const typed of ['482913 is your Cimplify Link code for Shop 24. Give it to nobody.\n\n@shop.example #482913 @link.example', ' 482 913', '482-913', 'G-482913', '[28/11/2026, 21:15] 482913']) {
    element.verifyCode(typed);
    await advance(0);
    assert.equal(network.to('verify-otp').at(-1)?.body.otp_code, '482913', typed);
  }
});
