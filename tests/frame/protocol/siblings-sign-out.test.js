import assert from 'node:assert/strict';
import test from 'node:test';

import { LINK, grant } from '../../support/js/fake-frame.js';
import { HANDOVER_TOKEN, SIBLING_MESSAGE, guests, signIn } from '../../support/js/fake-siblings.js';
import { ok, refusal } from '../../support/js/fakes.js';

test('a signed-out element hands no session over', async () => {
  const { page, frames: [first, second] } = await guests(2, { bootstrap: () => refusal(503, 'STORE_UNAVAILABLE') });
  await signIn(first);
  await first.advance(20_000);
  page.network.answer = ((before) => (/** @type {import('../../support/js/fakes.js').Sent} */ sent) => (sent.url.includes('/bootstrap') ? ok({ bootstrap_token: `${HANDOVER_TOKEN}_y`, expires_in: 60 }) : before(sent)))(page.network.answer);
  await first.command('logout', 'a');
  const asked = page.network.to('bootstrap').length;
  page.post(page.windows[1], page.windows[0], { ...SIBLING_MESSAGE, type: 'seek' }, LINK);
  page.post(page.windows[1], page.windows[0], { ...SIBLING_MESSAGE, type: 'ask', element: 'auth', code_challenge: 'A'.repeat(43) }, LINK);
  await first.advance(50);
  assert.equal(page.network.to('bootstrap').length, asked);
  assert.deepEqual(second.types(), ['initialized', 'height_change']);
});

test('an element whose sign-out is in flight, or failed, hands no session over', async () => {
  for (const answer of [refusal(503, 'STORE_UNAVAILABLE'), /** @type {const} */ ('silent')]) {
    const { page, frames: [first] } = await guests(1, { logout: () => answer });
    await signIn(first);
    await first.command('logout', 'a');
    await first.advance(5_000);
    const late = page.frame();
    await late.connect();
    page.post(page.windows[1], page.windows[0], { ...SIBLING_MESSAGE, type: 'ask', element: 'auth', code_challenge: 'A'.repeat(43) }, LINK);
    await late.advance(50);
    assert.equal(page.network.to('bootstrap').length, 0);
    assert.deepEqual(late.types(), ['initialized', 'height_change']);
  }
});

test('after a sign-out no sibling signs the element in, until the customer signs in there', async () => {
  const { frames: [first, second] } = await guests(2);
  await signIn(first);
  assert.equal(second.types().at(-1), 'authenticated');
  second.element.signOut();
  await second.advance(10);
  assert.equal(second.types().at(-1), 'logout_complete');
  second.element.startAgain();
  await second.answer();
  await second.advance(20_000);
  assert.equal(second.shown.at(-1), 'showContactForm');
  await first.command('logout', 'a');
  first.element.startAgain();
  await first.answer();
  await signIn(second);
  assert.deepEqual(second.types().slice(-3), ['initialized', 'height_change', 'authenticated']);
  await first.advance(20_000);
  assert.equal(first.shown.at(-1), 'showContactForm');
});

test('after the customer’s sign-out no element hands a session over, so that a reload stays signed out; the shop’s logout concerns one element', async () => {
  for (const isCustomers of [true, false]) {
    const { page, frames: [first, second] } = await guests(2);
    await signIn(first);
    if (isCustomers) second.element.signOut();
    else await second.command('logout', 'a');
    await second.advance(10);
    const before = page.network.to('bootstrap').length;
    const reloaded = page.frame();
    await reloaded.connect();
    await reloaded.advance(50);
    assert.equal(page.network.to('bootstrap').length - before, isCustomers ? 0 : 1);
    assert.equal(reloaded.types().at(-1), isCustomers ? 'height_change' : 'authenticated');
  }
});

test('a sign-out in one element signs out every element of the same customer', async () => {
  const { page, frames: [first, second] } = await guests(2, {
    'verify-otp': ({ body }) => grant('authenticated', ['otp'], body.contact.startsWith('ama') ? 'cus_1' : 'cus_2'),
    init: ({ body }) => (body.bootstrap_token.startsWith(HANDOVER_TOKEN) ? grant('authenticated', ['otp'], 'cus_1') : grant('guest', [])),
  });
  await signIn(first);
  const third = page.frame();
  await third.connect();
  await third.advance(50);
  third.element.signOut();
  await third.advance(50);
  for (const { types, shown } of [first, second, third]) {
    assert.equal(types().filter((type) => type === 'logout_complete').length, 1);
    assert.equal(shown.at(-1), 'showStopped ended signed_out');
  }
  assert.equal(page.network.to('logout').length, 3);
  second.element.startAgain();
  await second.answer();
  assert.equal(second.shown.at(-1), 'showContactForm');
});

test('another customer stays signed in, and so does the same one after the shop’s logout', async () => {
  for (const [one, other, isCustomers] of /** @type {const} */ ([['cus_1', 'cus_2', true], [null, null, true], ['cus_1', 'cus_1', false]])) {
    const owners = [one, other];
    const { frames: [first, second] } = await guests(2, { init: () => grant('authenticated', ['otp'], owners.shift()) });
    if (isCustomers) first.element.signOut();
    else await first.command('logout', 'a');
    await second.advance(50);
    assert.equal(first.types().at(-1), 'logout_complete');
    assert.equal(second.types().includes('logout_complete'), false);
  }
});

test('a sign-out wins over a handover in flight', async () => {
  const { frames: [first, second] } = await guests(2, { init: ({ body }) => (body.bootstrap_token.startsWith(HANDOVER_TOKEN) ? 'silent' : grant('guest', [])) });
  await signIn(first);
  await second.command('logout', 'a');
  await second.advance(60_000);
  assert.deepEqual(second.types(), ['initialized', 'height_change', 'logout_complete']);
  assert.equal(second.shown.at(-1), 'showStopped ended signed_out');
});

test('a handover in flight fails when the customer signs out in another element', async () => {
  let isLost = false;
  const { page, frames: [first, second] } = await guests(2, {
    init: ({ body }) => {
      if (!body.bootstrap_token.startsWith(HANDOVER_TOKEN)) return grant('guest', []);
      return isLost ? 'lost' : grant('authenticated', ['otp']);
    },
  });
  await signIn(first);
  assert.equal(second.types().at(-1), 'authenticated');
  isLost = true;
  const third = page.frame();
  await third.connect();
  await third.advance(50);
  second.element.signOut();
  await second.advance(10);
  isLost = false;
  await third.advance(5_000);
  assert.equal(third.types().includes('authenticated'), false);

  const reloaded = page.frame(); // where the customer signed out
  await reloaded.connect();
  await reloaded.advance(50);
  assert.equal(reloaded.types().includes('authenticated'), false);
});
