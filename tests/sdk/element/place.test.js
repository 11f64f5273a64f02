/** Pages that render anew: what the SDK makes of an iframe that was removed or moved. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { watchPlace } from '../../../static/sdk/element/place.js';
import { OTHER_CHALLENGE, ready, shop } from '../../support/js/fake-shop.js';
import { settle } from '../../support/js/fakes.js';

const MINUTE_MS = 60_000;

/** @param {ReturnType<typeof shop>} page whose container is rendered anew */
const render = (page) => {
  page.iframe.isInPage = false;
  page.changed();
};

test('a browser without MutationObserver has elements all the same, whose moves nobody tells', () => {
  const { iframe, document } = shop();
  /** @type {any} */
  const env = { document, MutationObserver: undefined };
  watchPlace(/** @type {any} */ (iframe), env, new AbortController().signal, () => assert(false), () => assert(false));
});

test('a handle whose iframe left the page is destroyed, tells nothing, and leaves nothing', async () => {
  for (const begin of [async () => {}, (/** @type {ReturnType<typeof shop>} */ page) => page.receive(ready()), (/** @type {ReturnType<typeof shop>} */ page) => page.connect()]) {
    const page = shop();
    await begin(page);
    const [events, sent] = [page.events.length, page.network.sent.length];
    const refused = assert.rejects(page.handle.refresh(), { code: 'destroyed' });
    render(page);
    await refused;
    await page.time.advance(MINUTE_MS);
    page.window.dispatchEvent(new Event('online'));
    await page.receive(ready(OTHER_CHALLENGE));
    assert.deepEqual([page.handle.state, page.events.length, page.network.sent.length, page.time.timers.size], ['destroyed', events, sent, 0]);
    assert.deepEqual(page.observers.map(({ isWatching }) => isWatching), [false]);
  }
});

test('`ready` of a handle whose iframe left the page rejects', async () => {
  const page = shop();
  render(page);
  await assert.rejects(page.handle.ready, { code: 'destroyed' });
});

test('other changes of the page are none of ours', async () => {
  const page = shop();
  await page.connect();
  page.changed();
  assert.deepEqual([page.handle.state, page.codes()], ['guest', []]);
});

test('a move is told as what it is, once for each, and the element starts over', async () => {
  const page = shop();
  await page.connect();
  await page.say('authenticated');
  const refused = assert.rejects(page.handle.refresh(), { code: 'not_connected' });
  const frameEnd = page.port();
  page.iframe.move();
  page.changed();
  page.changed();
  await refused;
  assert.deepEqual([page.handle.state, page.codes(), frameEnd.other.isClosed], ['connecting', ['moved'], true]);
  const again = page.handle.ready;
  await page.receive(ready(OTHER_CHALLENGE));
  await page.say('initialized', { state: 'guest' });
  assert.deepEqual(await again, { state: 'guest' });
  page.iframe.move();
  page.changed();
  assert.deepEqual(page.codes(), ['moved', 'moved']);
});

test('an element that was moved before it began tells nothing', async () => {
  const page = shop();
  page.iframe.move();
  page.changed();
  await page.connect();
  assert.deepEqual([page.handle.state, page.codes()], ['guest', []]);
});

test('the document of a moved element is watched like the first: where it cannot load, the shop hears why', async () => {
  const page = shop();
  await page.connect();
  page.network.isUp = false;
  page.iframe.move();
  page.changed();
  await page.time.advance(10_000);
  assert.deepEqual([page.codes(), page.handle.state], [['moved', 'offline'], 'failed']);
});

test('a message of the window before the move is nobody’s', async () => {
  const page = shop();
  await page.connect();
  const before = page.iframe.contentWindow;
  page.iframe.move();
  page.changed();
  await page.receive(ready(OTHER_CHALLENGE), { source: before });
  assert.deepEqual([page.handle.state, page.network.sent.length], ['connecting', 1]);
});

test('after `frame_load_failed` nothing is listened for any more', async () => {
  const page = shop({ answer: () => ({ status: 200 }) });
  await page.time.advance(2 * MINUTE_MS);
  assert.deepEqual([page.codes(), page.handle.state, page.time.timers.size], [['frame_load_failed'], 'failed', 0]);
  assert.deepEqual(page.observers.map(({ isWatching }) => isWatching), [false]);
  page.changed();
  await settle();
  assert.equal(page.handle.state, 'failed');
});
