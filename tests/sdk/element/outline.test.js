import assert from 'node:assert/strict';
import test from 'node:test';

import { OTHER_CHALLENGE, ready, shop } from '../../support/js/fake-shop.js';

/** @param {ReturnType<typeof shop>} page */
const outline = ({ iframe: { style, attributes } }) => [style.backgroundColor, style.borderRadius, style.boxShadow, attributes['aria-busy']];
const LINE = 'inset 0 0 0 1px rgb(127 127 127 / .3)';
const NONE = ['', '', '', undefined];

test('an outline in the theme of the shop, else of the device, is there at once', () => {
  const cases = /** @type {const} */ ([
    [{ theme: 'light' }, true, '#fff'], [{ theme: 'dark' }, false, '#15181c'], [{ theme: 'auto' }, true, '#15181c'], [{}, false, '#fff'],
    [undefined, true, '#15181c'], [null, false, '#fff'], [{ variables: null }, false, '#fff'], [{ variables: { colorBackground: '#1b1033' } }, false, '#1b1033'],
  ]);
  for (const [appearance, prefersDark, ground] of cases) {
    const page = shop({ appearance: /** @type {any} */ (appearance), prefersDark });
    assert.deepEqual(outline(page), [ground, 'calc(8px * 1.5)', LINE, 'true']);
    assert.equal('style' in page.iframe.attributes, false);
  }
  assert.equal(outline(shop({ appearance: { variables: { borderRadius: '2px' } } }))[1], 'calc(2px * 1.5)');
});

test('the place of the first view is kept, in a narrow page too', () => {
  assert.equal(shop().iframe.style.height, '208px');
  assert.equal(shop({ width: 419 }).iframe.style.height, '256px');
});

test('beside an element that is seen, the place is that of one that asks nobody; an `auth` element asks', () => {
  const heightBeside = (/** @type {any} */ other, /** @type {object} */ options = {}) => shop({ element: 'address', others: [{ iframe: other }], ...options }).iframe.style.height;
  const { iframe } = shop({ element: 'payment' });
  assert.deepEqual([heightBeside(iframe), heightBeside(iframe, { width: 419 })], ['88px', '112px']);
  assert.deepEqual([heightBeside(shop({ width: 0 }).iframe), iframe.style.height], ['208px', '208px']);
  assert.deepEqual([heightBeside(iframe, { element: 'auth' }), iframe.style.height], ['208px', '88px']);
  const first = shop({ element: 'auth' }).iframe;
  assert.deepEqual([heightBeside(first, { element: 'auth' }), first.style.height], ['88px', '208px']); // of two, the first one
});

test('an element that has a height of its own keeps it beside a new one', async () => {
  const page = shop({ element: 'payment' });
  await page.connect();
  await page.say('height_change', { height: 300 });
  shop({ element: 'auth', others: [{ iframe: page.iframe }] });
  assert.equal(page.iframe.style.height, '300px');
});

test('the outline stays until the frame reports the height of its own card', async () => {
  const page = shop();
  await page.receive(ready());
  await page.say('initialized', { state: 'guest' });
  assert.equal(outline(page)[3], 'true');
  await page.say('height_change', { height: 200 });
  assert.deepEqual(outline(page), NONE);
  await page.receive(ready(OTHER_CHALLENGE));
  assert.equal(outline(page)[3], 'true');
});

test('the outline goes with every failure and with a sign-out', async () => {
  const timedOut = shop({ answer: () => 'silent' });
  await timedOut.receive(ready());
  await timedOut.time.advance(20_000);
  const told = shop();
  await told.receive(ready());
  await told.say('error', { code: 'network', retryable: true, message: 'm' });
  const signedOut = shop();
  await signedOut.receive(ready());
  await signedOut.say('logout_complete');
  for (const page of [timedOut, told, signedOut]) assert.deepEqual(outline(page), NONE);
});

test('while it waits, the outline follows the theme of the device, where the shop left it to that', async () => {
  const [auto, light, there] = [shop({ appearance: { theme: 'auto' } }), shop({ appearance: { theme: 'light' } }), shop({ appearance: {} })];
  await there.receive(ready());
  await there.say('height_change', { height: 200 });
  for (const page of [auto, light, there]) page.prefer(true);
  assert.deepEqual([auto, light, there].map((page) => outline(page)[0]), ['#15181c', '#fff', '']);
  auto.handle.destroy();
  auto.prefer(false);
  assert.equal(outline(auto)[0], '#15181c', 'nothing of an element that is gone is listened for');
});

test('where nothing tells the theme of the device, an element is mounted all the same, and drawn light', async () => {
  const page = shop({ appearance: {}, lacking: { matchMedia: undefined } });
  assert.equal(page.iframe.style.backgroundColor, '#fff');
  await page.connect();
  assert.equal(page.handle.state, 'guest');
});
