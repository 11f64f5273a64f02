import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { cleanContact, codeIn, digitsOf, maskContact, readEmail } from '../../../static/frame/session/contact.js';

test('a contact is an e-mail address or a telephone number', () => {
  assert.deepEqual(readEmail(' ama@mail.example'), { contact: 'ama@mail.example', contact_type: 'email', shown: 'ama@mail.example' });
  for (const [typed, digits] of [[' +233 (24) 123-4567 ', '+233241234567'], ['024.123/4567', '0241234567'], ['024\u2212123\u22124567,', '0241234567'], ['00233 24 123 4567', '00233241234567'], ['++233241234567', '+233241234567']]) assert.equal(digitsOf(String(typed)), digits);
  for (const text of ['', 'ama', 'ama@', '@mail.example', 'a b@mail.example', '+233+241234567', '+', '++']) assert.deepEqual([readEmail(text), digitsOf(text)], [null, null], text);
});

test('a masked contact is recognised only by its owner', () => {
  assert.equal(maskContact({ contact: '+233241234567', contact_type: 'phone' }), '•••• 4567');
  assert.equal(maskContact({ contact: 'ama@mail.example', contact_type: 'email' }), 'a•••@mail.example');
});

const VECTORS = JSON.parse(readFileSync(new URL('../../vectors/typed-contacts.json', import.meta.url), 'utf8'));

for (const { typed, cleaned } of VECTORS) {
  test(`a contact is cleaned as the API cleans it: ${JSON.stringify(typed)}`, () => assert.equal(cleanContact(typed), cleaned));
}

test('a number pasted from a chat is a number', () => {
  assert.equal(digitsOf('\u202a+233 24 123 4567\u202c'), '+233241234567');
});

test('the code of a message is the one of its last line, which is bound to the shop, whatever number stands before it', () => {
  const last = '\n\n@shop.example #482913 @link.example';
  for (const text of [`Kiosk 100200: 482913 is your Cimplify Link code.${last}`, `Cimplify Link: for shop 100200 your code is 482913${last}`, `482913 is your code${last}`, '482913 is your code', '#482913']) assert.equal(codeIn(text), '482913', text);
  assert.equal(codeIn('482913 is your code for order #1002003'), '482913', 'a longer number is no code');
});
