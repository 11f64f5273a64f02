import assert from 'node:assert/strict';
import test from 'node:test';

import { contactProblemText, durationText, problemText, reasonText } from '../../../static/frame/ui/texts.js';

test('the customer reads texts, not codes', () => {
  assert.match(problemText({ code: 'RATE_LIMITED', retryAfterMs: 61_000 }), /in 2 minutes/);
  for (const code of ['OTP_INVALID', 'OTP_EXPIRED', 'NETWORK', 'toString', '__proto__']) assert.match(problemText({ code, retryAfterMs: null }), /^[A-Z][a-z ,’.]+/);
  assert.deepEqual([1, 59_001, 60_001, 4_680_000, 7_200_000].map(durationText), ['1 second', '1 minute', '2 minutes', '78 minutes', '2 hours']);
});

test('what is wrong with a number is said where the API says it', () => {
  assert.match(reasonText({ fields: ['contact'], reasons: { contact: 'too_short' } }, 'contact') ?? '', /too short/);
  for (const details of [undefined, {}, { reasons: null }, { reasons: { contact: 'newer_reason' } }, { reasons: { contact: 'toString' } }, { reasons: { label: 'too_short' } }]) assert.equal(reasonText(details, 'contact'), undefined);
});

test('what is wrong with a number at sign-in comes with what to do about it', () => {
  const told = ['too_short', 'too_long', 'not_mobile', 'unknown_country', 'unknown_range', 'country_not_served'].map((reason) => reasonText({ reasons: { contact: reason } }, 'contact'));
  told.push(problemText({ code: 'COUNTRY_NOT_SUPPORTED', retryAfterMs: null }), contactProblemText('+2332412345678', true));
  for (const text of told) assert.match(text ?? '', /^[A-Z][^.]+\. (?:Enter|Check) [^.]+\.$/);
});
