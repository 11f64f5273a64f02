/** Deadlines follow progress: the table of `docs/protocol.md#deadlines`. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { isSeen } from '../../../static/sdk/exchange.js';
import { CHALLENGE, granted, ready, shop } from '../../support/js/fake-shop.js';
import { refusal, settle } from '../../support/js/fakes.js';

const RUNS = 150;
const MINUTE_MS = 60_000;

/** @param {ReturnType<typeof shop>} page */
const load = ({ iframe }) => void iframe.dispatchEvent(new Event('load'));
const online = (/** @type {ReturnType<typeof shop>} */ { network, window }) => {
  network.isUp = true;
  window.dispatchEvent(new Event('online'));
};

/** Random numbers that are the same at each run. @param {number} seed */
function randomFrom(seed) {
  let state = seed;
  return (/** @type {number} */ below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor(state / 65_536) % below;
  };
}

test('a line on which the element is ready after 13.7 s is told no failure', async () => {
  const page = shop();
  await page.time.advance(13_400);
  load(page);
  await page.time.advance(300);
  await page.connect();
  await page.time.advance(5 * MINUTE_MS);
  assert.deepEqual(page.events, [['initialized', { state: 'guest' }]]);
  assert.deepEqual(await page.handle.ready, { state: 'guest' });
  assert.equal(page.network.sent.filter(({ request }) => request.method === 'HEAD').length, 1);
});

test('a document that has arrived is progress once, though the probe gets no answer', async () => {
  const page = shop({ answer: () => 'silent' });
  page.iframe.contentDocument = null;
  await page.time.advance(19_999);
  assert.deepEqual(page.codes(), []);
  await page.time.advance(1);
  assert.deepEqual(page.codes(), ['network']);
});

test('the service that stops to answer while the frame loads is told', async () => {
  const page = shop();
  await page.time.advance(14_000);
  page.network.isUp = false;
  await page.time.advance(5_999);
  assert.deepEqual(page.codes(), []);
  await page.time.advance(1);
  assert.deepEqual(page.codes(), ['offline']);
});

test('a late `load` leaves the frame 5 s to say `ready`', async () => {
  for (const loadedAt of [7_000, 23_000]) {
    const page = shop();
    await page.time.advance(loadedAt + 500);
    load(page);
    await page.time.advance(4_000);
    assert.deepEqual(page.codes(), []);
    await page.time.advance(5_500);
    assert.deepEqual(page.codes(), ['embed_blocked']);
  }
});

test('a line that trickles for ever ends after a minute, for good', async () => {
  const page = shop();
  await page.time.advance(MINUTE_MS - 1);
  assert.deepEqual([page.codes(), page.handle.state], [[], 'connecting']);
  await page.time.advance(1);
  assert.deepEqual([page.codes(), page.handle.state, page.iframe.isInPage], [['frame_load_failed'], 'failed', false]);
  await assert.rejects(page.handle.ready, { code: 'frame_load_failed', retryable: true });
  load(page);
  online(page);
  await page.time.advance(5 * MINUTE_MS);
  assert.deepEqual([page.codes(), page.time.timers.size], [['frame_load_failed'], 0]);
});

test('a page that is hidden or prerendering counts no time, and goes on where it stopped', async () => {
  const page = shop();
  load(page);
  page.time.isHidden = true;
  await page.time.advance(10 * MINUTE_MS);
  assert.deepEqual([page.codes(), page.network.sent.length], [[], 0]);
  page.time.isHidden = false;
  await page.time.advance(6_000);
  page.time.isHidden = true;
  await page.time.advance(10 * MINUTE_MS);
  page.time.isHidden = false;
  await page.time.advance(3_999);
  assert.deepEqual(page.codes(), []);
  await page.time.advance(1);
  assert.deepEqual(page.codes(), ['embed_blocked']);

  const background = shop({ answer: () => 'silent' });
  background.time.isHidden = true;
  await background.receive(ready());
  await background.time.advance(10_000);
  assert.deepEqual(background.codes(), []);
  for (const [visibilityState, prerendering, seen] of /** @type {const} */ ([['visible', undefined, true], ['visible', false, true], ['visible', true, false], ['hidden', false, false]])) {
    assert.equal(isSeen(/** @type {any} */ ({ visibilityState, prerendering })), seen);
  }
});

test('a network that is back before the deadline leaves nothing to tell', async () => {
  const page = shop();
  page.network.isUp = false;
  await page.time.advance(8_000);
  online(page);
  await page.time.advance(9_000);
  assert.deepEqual(page.codes(), []);
  await page.connect();
  assert.deepEqual(await page.handle.ready, { state: 'guest' });
});

test('a connection that starts over after a failure has a new promise', async () => {
  const page = shop();
  page.network.isUp = false;
  load(page);
  await page.time.advance(10_000);
  await assert.rejects(page.handle.ready, { code: 'offline' });
  online(page);
  const { ready: again } = page.handle;
  await page.connect();
  assert.deepEqual(await again, { state: 'guest' });
  assert.equal(await page.handle.ready, await again);
});

test('from `ready` on, 20 s without an answer are a time-out', async () => {
  for (const options of [{ answer: () => /** @type {const} */ ('silent') }, { linkToken: () => new Promise(() => {}) }]) {
    const page = shop(options);
    await page.time.advance(9_500);
    await page.receive(ready());
    await page.time.advance(19_999);
    assert.deepEqual(page.codes(), []);
    await page.time.advance(1);
    assert.deepEqual(page.codes(), ['timeout']);
    await assert.rejects(page.handle.ready, { code: 'timeout', retryable: true });
    await page.time.advance(5 * MINUTE_MS);
    assert.deepEqual([page.codes(), page.network.to('bootstrap').every(({ aborted }) => aborted)], [['timeout'], true]);
  }
});

test('a Link token and every answer to the bootstrap call are progress', async () => {
  const replies = [refusal(429, 'RATE_LIMITED', { 'Retry-After': '8' }), refusal(503, 'X', { 'Retry-After': '8' })];
  const page = shop({ answer: () => replies.shift() ?? granted(), linkToken: () => new Promise((resolve) => page.time.setTimeout(() => resolve('lnk_abc'), 15_000)) });
  await page.receive(ready());
  await page.time.advance(31_000);
  assert.deepEqual([page.codes(), page.iframe.contentWindow.received.length], [[], 1]);
  await page.time.advance(28_999);
  assert.deepEqual(page.codes(), []);
  await page.time.advance(1);
  assert.deepEqual(page.codes(), ['timeout']);
});

test('a command waits for the session without a deadline', async () => {
  const page = shop();
  const refreshed = page.handle.refresh();
  await page.time.advance(25_000);
  await page.connect();
  await page.say('token_refreshed', { expires_in: 300, id: 'c1' });
  assert.deepEqual(await refreshed, { expires_in: 300 });
  await page.time.advance(MINUTE_MS);
  assert.deepEqual(page.codes(), []);
});

test('no failure is told of a frame that makes progress, however slowly, hidden or not', async () => {
  for (let seed = 1; seed <= RUNS; seed += 1) {
    const random = randomFrom(seed);
    const page = shop();
    const seenFor = async (/** @type {number} */ ms) => {
      for (let left = ms; left > 0;) {
        const now = Math.min(left, 1_000 * (1 + random(8)));
        await page.time.advance(now);
        left -= now;
        if (random(3) > 0) continue;
        page.time.isHidden = true;
        await page.time.advance(random(30_000));
        page.time.isHidden = false;
      }
    };
    await seenFor(random(58_000));
    load(page);
    await seenFor(random(3_000));
    assert.deepEqual(page.codes(), [], `loading, seed ${seed}`);
    await page.receive(ready(CHALLENGE));
    await seenFor(random(55_000));
    assert.deepEqual(page.codes(), [], `init, seed ${seed}`);
    await page.say('initialized', { state: 'guest' });
    assert.deepEqual(await page.handle.ready, { state: 'guest' }, `seed ${seed}`);
  }
});

test('whatever happens, an element is ready or has failed two minutes later, and one failure is told as long as the service does not answer', async () => {
  for (let seed = 1; seed <= RUNS; seed += 1) {
    const random = randomFrom(seed);
    const replies = /** @type {const} */ (['lost', 'silent', { status: 200 }, { status: 503 }, { status: 429 }]);
    const page = shop({ answer: ({ url }) => (page.codes().length > 0 ? 'lost' : url.includes('/bootstrap?') && random(2) ? granted() : replies[random(replies.length)] ?? 'lost') });
    for (const step of [() => load(page), () => { page.iframe.contentDocument = null; }, () => page.receive(ready()), () => page.time.advance(0)]) {
      await page.time.advance(random(15_000));
      if (random(2) && page.handle.state !== 'failed') await step();
    }
    await settle();
    await page.time.advance(2 * MINUTE_MS);
    assert.deepEqual([page.codes().length, page.handle.state], [1, 'failed'], `seed ${seed}`);
    page.handle.destroy();
    assert.equal(page.time.timers.size, 0);
  }
});
