import assert from 'node:assert/strict';
import test from 'node:test';

import { ok } from '../../support/js/fakes.js';
import { CONFIRMATION, MAIL, PHONE, SENT, ownContacts } from '../../support/js/own-contacts.js';

/** @param {number} status @param {string} code @param {object} details @param {Record<string, string>} [headers] @returns {import('../../support/js/fakes.js').Reply} */
const refused = (status, code, details, headers) => ({ status, headers, body: { success: false, error: { code, message: code, retryable: false, details } } });

test('after a sign-in the element shows every masked contact, and the way to the account; nothing more is asked for', async () => {
  const { shown, account, calls, steps } = await ownContacts();
  assert.equal(shown.at(-1), 'showWalletOf •••• 4567, a•••@mail.example');
  assert.deepEqual([account.shown.at(-1), calls(), steps], [['showDoor'], [], ['done']]);
});

test('a contact is added by a code to one that the customer has, then by one to the new one; the shop hears nothing', async () => {
  const { act, calls, confirmations, last, account, events, shown, steps } = await ownContacts();
  const before = events.length;
  await act('open');
  assert.deepEqual(last('showHome')?.[0].map((/** @type {any} */ one) => [one.shown, one.type, one.leavesAt]), [['•••• 4567', 'phone', null], ['a•••@mail.example', 'email', null]]);
  await act('begin', 'add_contact');
  await act('sendCode', MAIL.id);
  assert.equal(last('showCode')?.[0].shown, MAIL.contact_masked);
  await act('enter', '12 34 56');
  await act('sendToNew', 'kofi@mail.example');
  await act('enter', '654321');
  assert.deepEqual(calls().map(([method, path, body]) => `${method} ${path} ${JSON.stringify(body)}`), [
    'GET contacts null',
    `POST contacts/request-otp {"purpose":"add_contact","contact_id":"${MAIL.id}","locale":"en"}`,
    'POST contacts/verify-otp {"purpose":"add_contact","otp_code":"123456"}',
    'POST contacts/request-otp {"purpose":"new_contact","contact":"kofi@mail.example","contact_type":"email","locale":"en"}',
    'POST contacts/verify-otp {"purpose":"new_contact","contact":"kofi@mail.example","contact_type":"email","otp_code":"654321"}',
    'GET contacts null',
  ]);
  assert.deepEqual(confirmations(), [undefined, undefined, undefined, CONFIRMATION, CONFIRMATION, undefined]);
  assert.equal(shown.includes('say kofi@mail.example was added.'), true);
  assert.deepEqual([account.shown.at(-1)?.[0], account.othersTold, account.isBusy], ['showHome', 1, false]);
  assert.deepEqual([events.length, steps], [before, ['done']]);
});

test('an earlier account is asked for by a code to the number, and by a contact that is typed, with one answer whoever has it', async () => {
  const { act, calls, account, last } = await ownContacts({}, { contacts: [PHONE, MAIL] });
  await act('open');
  await act('begin', 'add_contact', undefined, 'former_contact');
  assert.deepEqual(last('showAsk')?.[1].map((/** @type {any} */ { id }) => id), [PHONE.id]); // the number alone says that it is the customer's
  await act('sendCode', PHONE.id);
  await act('enter', '123456');
  assert.deepEqual(account.shown.at(-1), ['showTyping', 'former_contact']);
  await act('sendToNew', 'kofi@mail.example');
  await act('enter', '654321');
  assert.deepEqual(calls().at(-2)?.[2], { purpose: 'former_contact', contact: 'kofi@mail.example', contact_type: 'email', otp_code: '654321' });
  assert.deepEqual(account.shown.at(-1), ['showNews', 'If that contact has an account with your number, sign in again: it is back.']);
});

test('a contact that goes later is told with its day, one that is gone without', async () => {
  for (const [leaves_at, said] of /** @type {const} */ ([['2026-12-07T12:00:00Z', 'a•••@mail.example goes on Monday, December 7.'], [null, 'a•••@mail.example was removed.']])) {
    const { act, shown, calls, confirmations } = await ownContacts({ [MAIL.id]: () => ok({ leaves_at }) });
    await act('open');
    await act('begin', 'remove_contact', MAIL.id);
    await act('sendCode', PHONE.id);
    await act('enter', '123456');
    assert.deepEqual(calls().at(-2)?.slice(0, 2), ['DELETE', `contacts/${MAIL.id}`]);
    assert.equal(confirmations().at(-2), CONFIRMATION);
    assert.equal(shown.includes(`say ${said}`), true, shown.join());
  }
});

test('a code goes to contacts that stay, and to the one that is to be removed', async () => {
  const leaving = { ...MAIL, leaves_at: '2026-12-07T12:00:00Z' };
  const { act, last } = await ownContacts({}, { contacts: [PHONE, leaving] });
  await act('open');
  const usable = () => last('showAsk')?.[1].map((/** @type {any} */ { id }) => id);
  await act('begin', 'close_account');
  assert.deepEqual(usable(), [PHONE.id]);
  await act('back');
  await act('begin', 'remove_contact', MAIL.id);
  assert.deepEqual(usable(), [PHONE.id, MAIL.id]);
});

test('a lost answer is asked for again with the same key, and what is confirmed is confirmed once', async () => {
  let isUp = false;
  const { act, keys, confirmations, last, account } = await ownContacts({ account: () => (isUp ? ok({ closed_at: '2026-11-30T07:00:00Z' }) : 'lost') });
  await act('open');
  await act('begin', 'close_account');
  await act('sendCode', PHONE.id);
  await act('enter', '123456');
  assert.match(String(last('showProblem')?.[0]), /^We cannot reach Link right now\..* It may have been done all the same\.$/);
  isUp = true;
  await act('enter', '123456');
  assert.deepEqual([account.shown.at(-1)?.[0], keys('verify-otp').length, new Set(keys('account')).size, keys('account').length > 1, confirmations().at(-1)], ['showClosed', 1, 1, true, CONFIRMATION]);
});

test('a code that got no answer is entered again with its key, another code with another', async () => {
  let answer = /** @type {import('../../support/js/fakes.js').Reply} */ ('lost');
  const { act, keys, last } = await ownContacts({ prove: () => answer });
  await act('open');
  await act('begin', 'add_contact');
  await act('sendCode', PHONE.id);
  await act('enter', '123456');
  await act('enter', '123456');
  assert.equal(new Set(keys('verify-otp')).size, 1);
  answer = refused(400, 'OTP_INVALID', {});
  await act('enter', '123456');
  assert.deepEqual(last('showProblem'), ['That code is not right. Check it and try again.', true, false]);
  await act('enter', '123457');
  assert.equal(new Set(keys('verify-otp')).size, 2);
});

test('every refusal has its words, and the form that can mend it', async () => {
  for (const [step, reply, form, problem] of /** @type {[string, import('../../support/js/fakes.js').Reply, string, RegExp][]} */ ([
    ['ask', refused(429, 'RATE_LIMITED', {}, { 'Retry-After': '20', 'RateLimit-Policy': '"otp_wait";q=1;w=30' }), 'showAsk', /^Another code can be sent in 20 seconds\.$/],
    ['ask', refused(429, 'RATE_LIMITED', {}, { 'Retry-After': '3600', 'RateLimit-Policy': '"otp_daily";q=1;w=30' }), 'showAsk', /^Too many tries\. Try again in 60 minutes\.$/],
    ['prove', refused(400, 'OTP_INVALID', {}), 'showCode', /^That code is not right\./],
    ['prove', refused(400, 'OTP_EXPIRED', {}), 'showCode', /^That code was used or is too old/],
    ['prove', refused(429, 'OTP_ATTEMPTS_EXCEEDED', {}), 'showCode', /^Too many wrong tries\./],
    ['remove', refused(409, 'CONFLICT', { fields: ['id'] }), 'showCode', /^This is your only contact\./],
    ['remove', refused(404, 'NOT_FOUND', {}), 'showCode', /^That contact is no longer yours\.$/],
    ['remove', refused(403, 'CONFIRMATION_REQUIRED', { purpose: 'remove_contact' }), 'showAsk', /^That took too long\. Ask for a new code\.$/],
    ['remove', refused(403, 'INSUFFICIENT_SCOPE', {}), 'showCode', /^This shop’s checkout may not change that\.$/],
  ])) {
    const { act, last, account } = await ownContacts({ ...(step === 'remove' ? { [MAIL.id]: () => reply } : { [step]: () => reply }) });
    await act('open');
    await act('begin', 'remove_contact', MAIL.id);
    await act('sendCode', PHONE.id);
    if (step !== 'ask') await act('enter', '123456');
    const forms = account.shown.map((/** @type {string[]} */ [name]) => String(name)).filter((/** @type {string} */ name) => /showAsk|showCode|showHome/.test(name));
    assert.deepEqual([forms.at(-1), problem.test(String(last('showProblem')?.[0]))], [form, true], `${step} ${problem} ${last('showProblem')}`);
    assert.equal(account.isBusy, false);
  }
});

test('a contact that another account has, and one too many, begin anew: the code that was right is used up', async () => {
  for (const [details, problem] of /** @type {const} */ ([[{ fields: ['contact'] }, 'This contact belongs to another Link account. Add a different one.'], [{ limit: 10 }, 'You can have 10 contacts. Remove one first.']])) {
    const { act, last } = await ownContacts({ prove: ({ body }) => (body.purpose === 'new_contact' ? refused(409, 'CONFLICT', details) : ok({ confirmation: CONFIRMATION })) });
    await act('open');
    await act('begin', 'add_contact');
    await act('sendCode', PHONE.id);
    await act('enter', '123456');
    await act('sendToNew', 'kofi@mail.example');
    await act('enter', '123456');
    assert.deepEqual([last('showAsk')?.[0].purpose, last('showProblem')?.[0]], ['add_contact', problem]);
  }
});

test('a new contact that is reserved for tests is refused in its field', async () => {
  const { act, last } = await ownContacts({ ask: ({ body }) => (body.purpose === 'new_contact' ? refused(422, 'RESERVED_CONTACT', {}) : ok(SENT)) });
  await act('open');
  await act('begin', 'add_contact');
  await act('sendCode', PHONE.id);
  await act('enter', '123456');
  await act('sendToNew', 'a+works@test.example');
  assert.deepEqual(last('showProblem'), ['This contact is for tests only. Enter another.', true, false]);
});

test('what is no contact, and what is no code, is not sent', async () => {
  const { act, last, network } = await ownContacts();
  await act('open');
  await act('begin', 'add_contact');
  await act('sendCode', PHONE.id);
  await act('enter', '123');
  assert.deepEqual(last('showProblem'), ['Enter the 6 digits of the code.', true]);
  await act('enter', '123456');
  await act('sendToNew', 'kofi@');
  assert.deepEqual([last('showProblem'), network.to('request-otp').length, network.to('verify-otp').length], [['Enter a phone number or e-mail.', true], 1, 1]);
});

test('a customer whom the shop signed in sees their contacts, and proves by a code who they are before anything begins', async () => {
  const { act, network, shown, element, advance, account, steps } = await ownContacts({}, { amr: ['bootstrap'] });
  await act('open');
  assert.equal(account.shown.at(-1)?.[0], 'showHome');
  await act('begin', 'close_account');
  assert.deepEqual([network.to('request-otp'), shown.some((call) => call.startsWith('showStepUp'))], [[], true]);
  element.leaveStepUp();
  await advance(10);
  assert.deepEqual(steps, ['done', 'contact', 'done']);
  await act('begin', 'close_account');
  element.requestCode('ama@mail.example');
  await advance(10);
  element.verifyCode('123456');
  await advance(10);
  assert.deepEqual([account.shown.at(-1)?.[0], steps.at(-1)], ['showAsk', 'done']);
});

test('a sign-out ends what was begun, and its late answer shows nothing', async () => {
  const { act, element, advance, account, network } = await ownContacts({ ask: () => 'silent' });
  await act('open');
  await act('begin', 'close_account');
  await act('sendCode', PHONE.id);
  element.signOut();
  await advance(20_000);
  assert.deepEqual(account.shown.at(-1)?.[0], 'clear');
  assert.equal(network.to('account').length, 0);
});

test('a session that ends during a request leaves nothing at work: whoever signs in next can open the account', async () => {
  const { act, account, types } = await ownContacts({ ask: () => refused(401, 'SESSION_REVOKED', {}) });
  await act('open');
  await act('begin', 'close_account');
  await act('sendCode', PHONE.id);
  assert.deepEqual([types().at(-1), account.shown.at(-1), account.isBusy], ['error session_revoked', ['clear'], false]);
});

test('a code that is sent another way is offered by the way that was not used then', async () => {
  const { act, last, calls } = await ownContacts({ ask: ({ body }) => ok({ ...SENT, channels: body.channel === 'whatsapp' ? ['whatsapp', 'sms'] : ['sms', 'whatsapp'] }) });
  await act('open');
  await act('begin', 'close_account');
  await act('sendCode', PHONE.id);
  assert.deepEqual(last('showSent'), [{ askAgainMs: 30_000, otherWay: 'whatsapp' }]);
  await act('resend', true);
  assert.deepEqual(last('showSent'), [{ askAgainMs: 30_000, otherWay: 'sms' }]);
  await act('resend', true);
  assert.deepEqual(calls().slice(-2).map(([, , body]) => body.channel), ['whatsapp', 'sms']);
});

test('who proves again who they are goes back to where they began: to the contacts, or to the list that the account was opened beside', async () => {
  for (const isOfList of [false, true]) {
    const { act, element, advance, shown, account } = await ownContacts({ ask: () => refused(403, 'INSUFFICIENT_SCOPE', { missing: 'amr' }) });
    let wasGivenUp = false;
    await (isOfList ? act('openToAdd', () => { wasGivenUp = true; }) : act('open'));
    if (!isOfList) await act('begin', 'add_contact');
    await act('sendCode', PHONE.id);
    assert.equal(shown.some((call) => call.startsWith('showStepUp')), true);
    element.requestCode('ama@mail.example');
    await advance(10);
    element.verifyCode('123456');
    await advance(10);
    const views = account.shown.map((/** @type {string[]} */ [name]) => name).filter((/** @type {string} */ name) => /^show(?:Ask|Home)/.test(name));
    assert.deepEqual([wasGivenUp, views.at(-1)], [isOfList, isOfList ? 'showAsk' : 'showHome']);
  }
});

test('a message is waited for from before its code is asked for, where it goes to a telephone, and no longer than it is of use', async () => {
  let isUp = true;
  const { act, account } = await ownContacts({ ask: () => (isUp ? ok(SENT) : 'lost') });
  const waits = () => account.shown.filter((/** @type {string[]} */ [name]) => ['receive', 'showCode', 'fill', 'endReceiving'].includes(String(name))).map((/** @type {any[]} */ [name, isPhone]) => (name === 'receive' ? `receive ${isPhone}` : name)).splice(0);
  await act('open');
  await act('begin', 'add_contact');
  await act('sendCode', PHONE.id);
  await act('resend', false);
  assert.deepEqual(waits(), ['receive true', 'showCode', 'fill', 'receive true', 'fill']);
  await act('enter', '123456');
  await act('sendToNew', '+233241234568');
  await act('enter', '123456');
  assert.deepEqual(waits().slice(5), ['receive true', 'showCode', 'fill', 'endReceiving']);
  await act('begin', 'add_contact');
  await act('sendCode', MAIL.id);
  isUp = false;
  await act('resend', false);
  await act('back');
  assert.deepEqual(waits().slice(9), ['receive false', 'showCode', 'fill', 'receive false', 'fill', 'endReceiving']);
  await act('begin', 'close_account');
  await act('sendCode', PHONE.id);
  assert.deepEqual(waits().slice(15), ['receive true', 'endReceiving']);
});

test('a code that cannot be sent again yet can be asked for once that says so', async () => {
  let reply = ok(SENT);
  const { act, last } = await ownContacts({ ask: () => reply });
  await act('open');
  await act('begin', 'close_account');
  await act('sendCode', PHONE.id);
  reply = refused(429, 'RATE_LIMITED', {}, { 'Retry-After': '80', 'RateLimit-Policy': '"otp_wait";q=1;w=30' });
  await act('resend', false);
  assert.deepEqual([last('showProblem')?.[0], last('showSent')], ['Another code can be sent in 2 minutes.', [{ askAgainMs: 80_000, otherWay: 'whatsapp' }]]);
});

test('where the contacts cannot be loaded, the way in is shown and what went wrong: a form would be one of nothing', async () => {
  let isUp = true;
  const { act, advance, last, account, shown } = await ownContacts({ contacts: () => (isUp ? ok([PHONE, MAIL]) : 'lost'), [MAIL.id]: () => ok({ leaves_at: null }) });
  await act('open');
  await act('begin', 'close_account');
  isUp = false;
  await act('back');
  assert.deepEqual([account.shown.at(-2), last('showProblem')], [['showDoor'], ['We cannot reach Link right now. Check your connection and try again.', false, false]]);
  isUp = true;
  await act('open');
  await act('begin', 'remove_contact', MAIL.id);
  await act('sendCode', PHONE.id);
  isUp = false;
  await act('enter', '123456');
  await advance(3_000);
  assert.deepEqual([account.shown.at(-2), last('showProblem')?.[0]], [['showDoor'], 'a•••@mail.example was removed. We cannot reach Link right now. Check your connection and try again.']);
  assert.deepEqual([account.isBusy, shown.includes('say a•••@mail.example was removed.')], [false, true]);
});

test('the data comes as a text, whole, and again while the right to it lives', async () => {
  const kept = { customer: { id: 'cus_1' }, contacts: [{ contact: '+233241234567' }] };
  let isUp = false;
  const { act, confirmations, last, network } = await ownContacts({ export: () => (isUp ? ok(kept) : 'lost') });
  await act('open');
  await act('begin', 'export_account');
  await act('sendCode', PHONE.id);
  await act('enter', '123456');
  isUp = true;
  await act('enter', '123456');
  assert.deepEqual([JSON.parse(String(last('showExport')?.[0])), network.to('verify-otp').length, confirmations().at(-1)], [kept, 1, CONFIRMATION]);
});
