import assert from 'node:assert/strict';
import test from 'node:test';

import { challengeOf } from '../../../static/frame/session/pkce.js';
import { MASKED, LINK, grant } from '../../support/js/fake-frame.js';
import { FakePage } from '../../support/js/fake-page.js';
import { HANDOVER_TOKEN, SIBLING_MESSAGE, SIBLING_ANSWERS, guests, siblingMessages, signIn } from '../../support/js/fake-siblings.js';
import { ok, refusal } from '../../support/js/fakes.js';
import { seededRandom, junk, corrupted } from '../../support/js/junk.js';
import { readProof } from '../../support/js/proofs.js';

test('what an element does beside others is loaded by one that finds some, or is found, and by no other', async () => {
  const page = new FakePage(SIBLING_ANSWERS);
  page.addForeign();
  const first = page.frame();
  await first.connect();
  assert.deepEqual(first.loaded, []);
  const second = page.frame();
  await second.connect();
  assert.deepEqual([first.loaded.length > 0, second.loaded.length > 0], [true, true]);
});

test('a guest beside others is shown the sign-in once that code is there, and three seconds later without it', async () => {
  const page = new FakePage(SIBLING_ANSWERS);
  await page.frame().connect();
  let come = () => {};
  const isLate = new Promise((resolve) => { come = () => resolve(undefined); });
  const [fast, slow] = [page.frame({ beside: isLate }), page.frame({ beside: new Promise(() => {}) })];
  await Promise.all([fast.connect(), slow.connect()]);
  assert.deepEqual([fast.shown.at(-1), slow.shown.at(-1)], ['showConnecting', 'showConnecting']);
  come();
  await page.time.advance(10);
  assert.equal(fast.shown.at(-1), 'showContactForm');
  await page.time.advance(3_000);
  assert.equal(slow.shown.at(-1), 'showContactForm');
});

test('a sign-in in one element signs in the guests beside it, each with its own challenge', async () => {
  const { page, frames } = await guests(3);
  const [first, ...others] = frames;
  await signIn(first);
  assert.equal(page.windows[0].isHost, true);
  for (const { types, shown, posted } of others) {
    assert.deepEqual(types(), ['initialized', 'height_change', 'authenticated']);
    assert.deepEqual(shown.slice(-2), ['showAuthenticated a•••@mail.example', `showWalletOf ${MASKED}`]);
    assert.deepEqual(posted.map(({ type }) => type), ['ready']);
  }
  const calls = page.network.to('bootstrap');
  assert.deepEqual(calls.map(({ url }) => url), Array(2).fill('/v1/link/elements/bootstrap?business_id=bus_demo'));
  for (const { headers } of calls) {
    assert.match(headers.Authorization ?? '', /^DPoP access-/);
    assert.equal(readProof(headers.DPoP).claims.htu, `${LINK}/v1/link/elements/bootstrap`);
  }
  const inits = page.network.to('init').slice(3);
  assert.deepEqual(inits.map(({ body }) => body.via), ['sibling', 'sibling']);
  for (const [index, { body }] of inits.entries()) {
    assert.deepEqual(calls[index]?.body, { element: 'auth', code_challenge: await challengeOf(crypto, body.code_verifier) });
  }
  assert.equal(new Set(calls.map(({ body }) => body.code_challenge)).size, 2);
  await first.advance(1_000_000);
  assert.equal(page.network.to('bootstrap').length, 2);
});

test('an element that is mounted later is signed in by its sibling', async () => {
  const { page, frames: [first] } = await guests(2);
  await signIn(first);
  const late = page.frame();
  await late.connect();
  await late.advance(50);
  assert.deepEqual(late.types(), ['initialized', 'height_change', 'authenticated']);
  assert.equal(siblingMessages(page, 'ask').filter(({ from }) => from === page.windows[2]).length, 1);
});

test('a session that only the shop vouched for is not handed over', async () => {
  const { page, frames: [first, second] } = await guests(2, { 'verify-otp': () => grant('authenticated', ['bootstrap']) });
  await signIn(first);
  assert.equal(page.windows[0].isHost, false); // so nobody waits for it
  const late = page.frame();
  await late.connect();
  page.post(page.windows[1], page.windows[0], { ...SIBLING_MESSAGE, type: 'ask', element: 'auth', code_challenge: 'A'.repeat(43) }, LINK);
  await late.advance(50);
  assert.deepEqual([second.types(), late.types()], Array(2).fill(['initialized', 'height_change']));
  assert.equal(page.network.to('bootstrap').length, 0);
});

test('sibling messages are posted to frames of our own origin only, none to the shop', async () => {
  const page = new FakePage(SIBLING_ANSWERS);
  const foreign = page.addForeign();
  const [first, second] = [page.frame(), page.frame()];
  await first.connect();
  await second.connect();
  await signIn(first);
  assert.deepEqual(second.types().at(-1), 'authenticated');
  assert.equal(siblingMessages(page).some(({ to, targetOrigin }) => to === foreign || targetOrigin !== LINK), false);
  assert.equal(/elb_|seek|here|ask|siblings/.test(JSON.stringify([first.posted, first.events, second.posted, second.events])), false);
});

test('a frame of another business or another shop is ignored', async () => {
  for (const embedding of [{ businessId: 'bus_other' }, { parentOrigin: 'https://other.example' }]) {
    const page = new FakePage(SIBLING_ANSWERS);
    const [first, stranger] = [page.frame(), page.frame({ embedding })];
    await first.connect();
    void stranger.element.start();
    await stranger.answer(embedding.parentOrigin);
    await signIn(first);
    assert.deepEqual(stranger.types(), ['initialized', 'height_change']);
    assert.deepEqual([page.network.to('bootstrap').length, siblingMessages(page, 'ask').length], [0, 0]);
  }
});

test('messages are accepted only from the window of a sibling with our own origin', async () => {
  const { page, frames: [first] } = await guests(1);
  await signIn(first);
  const [window] = page.windows;
  const ask = { ...SIBLING_MESSAGE, type: 'ask', element: 'auth', code_challenge: 'A'.repeat(43) };
  const outside = { location: { origin: LINK } };
  page.post(outside, window, ask, LINK);
  const sibling = Object.assign(new EventTarget(), { location: { origin: LINK } });
  page.add(sibling);
  for (const origin of ['https://shop.example', 'https://evil.example', 'null', '']) page.post(sibling, window, ask, LINK, origin);
  page.post(sibling, window, { ...ask, business_id: 'bus_other' }, LINK);
  page.post(sibling, window, { ...ask, code_challenge: 'short' }, LINK);
  page.post(sibling, window, { ...ask, type: 'toString' }, LINK);
  await first.advance(10);
  assert.equal(page.network.to('bootstrap').length, 0);
  page.post(sibling, window, ask, LINK);
  await first.advance(10);
  assert.equal(page.network.to('bootstrap').length, 1);
  assert.deepEqual(page.posted.at(-1)?.to, sibling);
});

test('attack 57: junk in place of a sibling’s message is ignored, by a guest and by a signed-in element', async () => {
  const { page, frames: [first] } = await guests(1);
  const sibling = Object.assign(new EventTarget(), { location: { origin: LINK } });
  page.add(sibling);
  const random = seededRandom(20_260_730);
  const token = { ...SIBLING_MESSAGE, type: 'token', code_challenge: 'A'.repeat(43), bootstrap_token: `${HANDOVER_TOKEN}_x`, owner: 'x' };
  const flood = async () => {
    for (let round = 0; round < 3_000; round += 1) {
      page.receive(sibling, page.windows[0], round % 2 ? junk(random) : corrupted(random, round % 4 ? token : { ...SIBLING_MESSAGE, type: 'ask', element: 'auth', code_challenge: 'A'.repeat(43) }, ['ns', 'type', 'business_id', 'parent_origin', 'code_challenge']));
    }
    await first.advance(10);
  };
  await flood();
  await signIn(first);
  const sent = page.network.sent.length;
  await flood();
  assert.deepEqual([page.network.sent.length, page.network.to('bootstrap').length], [sent, 0]);
  assert.equal(page.posted.length, 1); // `here`, to the sibling
});

test('attack 57: a sibling that asks without pause receives one token in 10 s', async () => {
  const { page, frames: [first] } = await guests(1);
  await signIn(first);
  const sibling = Object.assign(new EventTarget(), { location: { origin: LINK } });
  page.add(sibling);
  for (let second = 0; second < 20; second += 1) {
    for (let note = 0; note < 100; note += 1) page.post(sibling, page.windows[0], { ...SIBLING_MESSAGE, type: 'ask', element: 'auth', code_challenge: 'A'.repeat(43) }, LINK);
    await first.advance(1_000);
  }
  assert.equal(page.network.to('bootstrap').length, 2);
});

test('a token that was not asked for, or of another sibling, is not redeemed; nor is one redeemed twice', async () => {
  const { page, frames: [first] } = await guests(1);
  const [window] = page.windows;
  const [sibling, other] = [0, 1].map(() => Object.assign(new EventTarget(), { location: { origin: LINK } }));
  page.add(sibling);
  page.add(other);
  const token = { ...SIBLING_MESSAGE, type: 'token', code_challenge: 'A'.repeat(43), bootstrap_token: `${HANDOVER_TOKEN}_x`, owner: 'x' };
  page.post(sibling, window, token, LINK);
  page.post(sibling, window, { ...token, code_challenge: '' }, LINK);
  for (let note = 0; note < 50; note += 1) page.post(sibling, window, { ...SIBLING_MESSAGE, type: 'here' }, LINK);
  await first.advance(10);
  assert.equal(siblingMessages(page, 'ask').length, 1);
  const { code_challenge } = siblingMessages(page, 'ask')[0]?.data ?? {};
  page.post(other, window, { ...token, code_challenge }, LINK);
  page.post(sibling, window, { ...token, bootstrap_token: 'lnk_aaaaaaaaaaaaaaaaaaaa', code_challenge }, LINK);
  await first.advance(10);
  assert.equal(page.network.to('init').length, 1);
  for (let note = 0; note < 3; note += 1) page.post(sibling, window, { ...token, code_challenge }, LINK);
  await first.advance(10);
  assert.equal(page.network.to('init').length, 2);
  assert.equal(first.types().at(-1), 'authenticated');
});

test('a customer who waits for a code in another element is not interrupted', async () => {
  const { frames: [first, second] } = await guests(2);
  second.element.requestCode('kofi@mail.example');
  await second.advance(10);
  await signIn(first);
  assert.deepEqual(second.types(), ['initialized', 'height_change']);
  second.element.verifyCode('123456');
  await second.advance(10);
  assert.equal(second.shown.at(-2), 'showAuthenticated k•••@mail.example');
});

test('the guest’s refresh in flight is answered, and its own answer is ignored', async () => {
  let isHeld = true;
  const { page, frames: [first, second] } = await guests(2, { refresh: () => (isHeld ? 'silent' : grant('authenticated', ['otp'])) });
  await second.command('refresh', 'a');
  await signIn(first);
  assert.deepEqual(second.events.slice(2).map(({ type, id }) => [type, id]), [['token_refreshed', 'a'], ['authenticated', undefined]]);
  assert.deepEqual(page.network.to('refresh').map(({ aborted }) => aborted), [true]);
  isHeld = false;
  await second.advance(240_000);
  assert.equal(page.network.to('refresh').length, 3);
});

test('a failed handover leaves both elements unchanged', async () => {
  for (const answer of [refusal(403, 'INSUFFICIENT_SCOPE'), /** @type {const} */ ('lost'), ok({})]) {
    const { frames: [first, second] } = await guests(2, { bootstrap: () => answer });
    await signIn(first);
    assert.deepEqual([first.types().at(-1), second.types().at(-1)], ['authenticated', 'height_change']);
  }
  const { frames: [first, second] } = await guests(2, { init: ({ body }) => (body.bootstrap_token.startsWith(HANDOVER_TOKEN) ? refusal(401, 'BOOTSTRAP_INVALID') : grant('guest', [])) });
  await signIn(first);
  assert.deepEqual([first.types().at(-1), second.types().at(-1)], ['authenticated', 'height_change']);
  await signIn(second);
  assert.equal(second.types().at(-1), 'authenticated');
});
