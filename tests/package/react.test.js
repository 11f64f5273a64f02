/** What the React wrapper does without a page's document; the rest is shown in a browser. */

import assert from 'node:assert/strict';
import test from 'node:test';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';

import { LinkProvider, useLink } from '../../static/package/react.js';
import { served } from '../support/js/served-sdk.js';

const SDK = 'export const Link = { mount() {}, async logout(of) { globalThis.signedOut = of; } };';
/** @type {any} */
const page = globalThis;

/** `logout` of a page that has the provider and no element. @param {string} origin @returns {() => Promise<void>} */
function logoutAt(origin) {
  /** @type {(() => Promise<void>)[]} */
  const found = [];
  const Shop = () => {
    found.push(useLink().logout);
    return null;
  };
  renderToString(createElement(LinkProvider, { businessId: 'bus_1', origin, children: createElement(Shop) }));
  const [logout] = found;
  assert(logout !== undefined);
  return logout;
}

test('a sign-out names the business, whose customer a reload may keep, and loads Link where it is not there yet', () => served(async (origin, serve) => {
  serve(SDK);
  await logoutAt(origin)();
  assert.deepEqual(page.signedOut, { businessId: 'bus_1' });
  delete page.signedOut;
}));

test('a sign-out that cannot reach Link says so: a customer may be kept still', () => served(async (origin) => {
  await assert.rejects(logoutAt(origin)(), { name: 'LinkLoadError', code: 'network' });
}));

test('a sign-out on a server does nothing', () => served(async (origin, serve) => {
  serve(SDK);
  await logoutAt(origin)();
  assert.equal(page.signedOut, undefined);
}, { isServer: true }));
