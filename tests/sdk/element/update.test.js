/** `update`: another look or language while the element is there. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { OTHER_CHALLENGE, ready, shop } from '../../support/js/fake-shop.js';

const LOOK = { theme: 'light', variables: { colorPrimary: '#123456' } };

test('a connected element gets the look at once, and every later connection begins with it', async () => {
  const page = shop();
  await page.connect();
  page.handle.update({ appearance: LOOK });
  assert.deepEqual(page.port().other.posted.at(-1), { ns: 'cimplify.link', v: 1, type: 'update', id: 'c1', options: { appearance: LOOK } });
  await page.receive(ready(OTHER_CHALLENGE));
  assert.deepEqual(page.iframe.contentWindow.received.at(-1)?.data.options, { appearance: LOOK });
});

test('before the connection there is one the look waits for it; after the end nothing is sent', async () => {
  const page = shop();
  page.handle.update({ appearance: LOOK });
  await page.connect();
  assert.deepEqual(page.iframe.contentWindow.received[0]?.data.options, { appearance: LOOK });
  const { other } = page.port();
  page.handle.destroy();
  const sent = other.posted.length;
  page.handle.update({ appearance: LOOK });
  assert.equal(other.posted.length, sent);
});

test('the look is checked and copied as at the mount', async () => {
  const page = shop();
  await page.connect();
  for (const wrong of ['dark', { in: () => {} }, { deep: `lnk_${'a'.repeat(20)}` }, { long: 'x'.repeat(5_000) }]) assert.throws(() => page.handle.update({ appearance: wrong }), TypeError);
  const look = { theme: 'light' };
  page.handle.update({ appearance: look });
  look.theme = 'dark';
  assert.deepEqual(page.port().other.posted.at(-1).options, { appearance: { theme: 'light' } });
});

test('a language is taken back, and the iframe is called in the one that is wanted', async () => {
  Object.defineProperty(globalThis, 'navigator', { value: { languages: ['en'] }, configurable: true });
  const page = shop();
  await page.connect();
  const called = () => [/** @type {any} */ (page.iframe).lang, page.iframe.attributes['aria-label']];
  assert.deepEqual(called(), ['en', 'Cimplify Link, sign-in']);
  page.handle.update({ locale: 'fr_CI' });
  assert.deepEqual(called(), ['fr', 'Cimplify Link, connexion']);
  page.handle.update({ locale: '' });
  assert.equal(page.port().other.posted.at(-1).options.appearance.locale, '');
  assert.deepEqual(called(), ['en', 'Cimplify Link, sign-in']);
  page.handle.update({ locale: 'french' });
  assert.equal(called()[0], 'en');
});

test('a language is sent beside the look; each stays when the other changes', async () => {
  const page = shop();
  await page.connect();
  const sent = () => page.port().other.posted.at(-1).options.appearance;
  page.handle.update({ locale: 'fr-CI' });
  assert.deepEqual(sent(), { theme: 'dark', locale: 'fr-CI' });
  page.handle.update({ appearance: LOOK });
  assert.deepEqual(sent(), { ...LOOK, locale: 'fr-CI' });
  page.handle.update({ locale: 'sw' });
  assert.deepEqual(sent(), { ...LOOK, locale: 'sw' });
  page.handle.update();
  assert.deepEqual(sent(), { ...LOOK, locale: 'sw' });
  assert.throws(() => page.handle.update({ locale: `lnk_${'a'.repeat(20)}` }), TypeError);
  await page.receive(ready(OTHER_CHALLENGE));
  assert.deepEqual(page.iframe.contentWindow.received.at(-1)?.data.options.appearance, { ...LOOK, locale: 'sw' });
});
