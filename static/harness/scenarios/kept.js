/** A scenario of what a reload of the shop's page keeps, where the shop asked for it. */

import { check } from './scenario.js';
import { withBusinessThatKeeps } from './servers.js';
import { scan } from '../page/scan.js';

/** By then a page that was loaded anew has told how it began. */
const LONGEST_MS = 20_000;
const LOOK_MS = 50;

/** @typedef {import('./context.js').ScenarioContext} ScenarioContext */
/** @typedef {import('../page/shop-page.js').ShopPage} ShopPage */

/** @type {import('./scenario.js').Scenario} */
export const reloadKeeps = {
  id: 'reload-keeps',
  name: 'Reload keeps',
  group: 'byHand',
  expected: 'A shop that asked for it (--reload keep) has a page of its own here. Sign in on it by a code. Then that page is reloaded: you are signed in still, and no code is asked for. The shop calls Link.logout, and the page begins with a guest.',
  needsPerson: true,
  needs: { name: 'frame with storage', otherwise: 'after the reload: guest' }, // the frame is at another site than the shop
  rules: { refresh: 'the frame that was loaded anew goes on with the session that was kept' },
  run: (context) => withBusinessThatKeeps((entry) => context.timeline.addExchange(entry), () => signInAndReload(context)),
};

/** @param {ScenarioContext} context */
async function signInAndReload(context) {
  const page = await context.stage.openShop();
  const first = await begun(context, page);
  context.must('the page begins with a guest', first === 'guest');
  await context.codeAsked();
  const login = await context.codeTaken();
  await heard(context, page, 'authenticated');
  const before = scan(page.messages);

  const state = await reloaded(context, page);
  context.must(`after the reload: ${state}. Expected: authenticated, by no code`, state === 'authenticated');
  await heard(context, page, 'authenticated');
  const goesOn = () => context.calls('refresh').filter(({ outcome, claims }) => outcome === 'rotated' && claims?.sid === login.claims?.sid);
  await context.waitFor(() => goesOn().length === 1, 'the refresh of the second document'); // the servers tell of it later than the port
  const asked = [context.calls('request-otp').length, (await context.messages()).length];
  const during = scan(page.messages);

  await page.logOut();
  context.note('Link.logout');
  const last = await reloaded(context, page);
  return [
    check('the same session went on, by a refresh with the key that was kept', goesOn().every(({ dpop }) => dpop)),
    check('one code in all', asked.every((times) => times === 1)),
    check('after Link.logout the next reload begins with a guest', last === 'guest'),
    check('no secret in what the shop’s page received', [...before, ...during, ...scan(page.messages)].length === 0),
    context.checkNoLeak(),
  ];
}

/** @param {ScenarioContext} context @param {ShopPage} page @returns {Promise<string>} state in which it begins then */
async function reloaded(context, page) {
  context.note('the shop’s page is reloaded');
  await page.reload();
  return begun(context, page);
}

/** @param {ScenarioContext} context @param {ShopPage} page @returns {Promise<string>} */
async function begun(context, page) {
  const { state } = await heard(context, page, 'initialized');
  context.note(`initialized, ${state}`);
  return String(state);
}

/** What this document of the page heard of its element, once it has. @param {ScenarioContext} context @param {ShopPage} page @param {string} type @returns {Promise<Record<string, unknown>>} */
async function heard(context, page, type) {
  for (let left = LONGEST_MS; left > 0; left -= LOOK_MS) {
    const event = page.events.find((one) => one.type === type);
    if (event !== undefined) return event.payload;
    await context.wait(LOOK_MS);
  }
  throw new Error(`waited ${LONGEST_MS / 1000} s for the page’s \`${type}\``);
}
