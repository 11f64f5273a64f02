import assert from 'node:assert/strict';
import test from 'node:test';

import { maskContact, parseContact } from '../../../static/frame/session/contact.js';

test('a contact is an e-mail address or a telephone number', () => {
  assert.deepEqual(parseContact(' +233 (24) 123-4567 '), { contact: '+233241234567', contact_type: 'phone' });
  assert.deepEqual(parseContact('ama@mail.example'), { contact: 'ama@mail.example', contact_type: 'email' });
  for (const text of ['', 'ama', 'ama@', '@mail.example', 'a b@mail.example', '12345', '++233241234567', '1'.repeat(16)]) assert.equal(parseContact(text), null, text);
});

test('a masked contact is recognised only by its owner', () => {
  assert.equal(maskContact({ contact: '+233241234567', contact_type: 'phone' }), '•••• 4567');
  assert.equal(maskContact({ contact: 'ama@mail.example', contact_type: 'email' }), 'a•••@mail.example');
});
