import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { cleanContact, maskContact, parseContact } from '../../../static/frame/session/contact.js';

test('a contact is an e-mail address or a telephone number', () => {
  assert.deepEqual(parseContact(' +233 (24) 123-4567 '), { contact: '+233241234567', contact_type: 'phone' });
  assert.deepEqual(parseContact('ama@mail.example'), { contact: 'ama@mail.example', contact_type: 'email' });
  for (const text of ['', 'ama', 'ama@', '@mail.example', 'a b@mail.example', '12345', '++233241234567', '1'.repeat(16)]) assert.equal(parseContact(text), null, text);
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
  assert.deepEqual(parseContact('\u202a+233 24 123 4567\u202c'), { contact: '+233241234567', contact_type: 'phone' });
});
