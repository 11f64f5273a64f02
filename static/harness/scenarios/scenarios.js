/** Scenarios of the harness: each acts, waits for the result, and returns a list of checks. */

import { lateCode, reloadWhileWaiting, strangersNumber } from './codes.js';
import { signOut, stepUp } from './customers.js';
import { originOf } from './origins.js';
import { offline } from './outages/offline.js';
import { redisFailover } from './outages/redis-failover.js';
import { serverRestart } from './outages/server-restart.js';
import { reloadKeeps } from './kept.js';
import { isRefused } from './refusals.js';
import { reservedContacts } from './reserved.js';
import { check, SETTLE_MS } from './scenario.js';
import { clearFaults, obtainLinkToken, orderFault, ownBusiness, ownUrl, savedBy, saveSomething } from './servers.js';
import { crowdedNetwork, siblings, twoTabs } from './shared.js';
import { fieldsOf, hostOf } from './steps.js';

/** @typedef {import('./scenario.js').Scenario} Scenario */

const REFRESH = '/v1/link/elements/refresh';
const INIT = '/v1/link/elements/init';

/** @type {Scenario} */
const happyGuest = {
  id: 'happy-guest',
  name: 'Happy guest',
  group: 'works',
  expected: 'The frame says ready; the shop fetches a bootstrap token and hands it over with a port; the frame redeems it and is a guest.',
  async run(context) {
    await context.mountElement();
    await context.wait(SETTLE_MS);
    const [bootstrap] = context.calls('bootstrap');
    const [init] = context.calls('init');
    return [
      check('one ready, taken by the SDK', context.readyMessages().length === 1),
      check('one bootstrap, Origin: the shop', context.calls('bootstrap').length === 1 && bootstrap?.origin === originOf('shop')),
      check('one init, Origin: the frame, same-origin', context.calls('init').length === 1 && init?.origin === originOf('link') && init.sec_fetch_site === 'same-origin'),
      check('the init came with a proof, and the token is bound to its key (cnf.jkt)', init?.dpop === true && typeof fieldsOf(init.claims?.cnf).jkt === 'string'),
      check('the session is a guest’s, its scope is otp', init?.session?.state === 'guest' && init.claims?.scope === 'otp'),
      context.checkNoLeak(),
    ];
  },
};

/** @type {Scenario} */
const signIn = {
  id: 'sign-in',
  name: 'Sign in',
  group: 'works',
  expected: 'The customer signs in on the shop’s page by a code. The shop’s lnk_ goes into the bootstrap call alone; the frame starts authenticated.',
  rules: {
    bootstrap: 'the shop’s page gets a bootstrap token for the customer whom it signed in',
    init: 'the frame of that customer starts authenticated',
  },
  async run(context) {
    const linkToken = await obtainLinkToken();
    const handle = await context.mountElement(linkToken);
    await context.waitFor(() => context.events('authenticated').length > 0, '`authenticated`');
    const [init] = context.calls('init');
    const onPort = context.timeline.steps.filter(({ kind }) => kind === 'port').map(({ data }) => data);
    const observed = JSON.stringify([context.timeline.received, onPort]);
    return [
      check('authenticated from the first token on', init?.session?.state === 'authenticated' && handle.state === 'authenticated'),
      check('amr says how: bootstrap, not otp', JSON.stringify(init?.claims?.amr) === '["bootstrap"]'),
      check('the token hangs on the link session (lsid)', String(init?.claims?.lsid).startsWith('lses_')),
      check('the lnk_ is in no message the shop received, and in none on the port', !observed.includes(linkToken)),
      context.checkNoLeak(),
    ];
  },
};

/** @type {Scenario} */
const refreshNow = {
  id: 'refresh-now',
  name: 'Refresh now',
  group: 'works',
  expected: 'On the shop’s command the frame rotates its refresh token once. The shop learns how long the new token lives. A second command within 30 s is refused.',
  isPart: ({ kind, label, result }) => kind === 'port' && label === 'error' && result === 'rate_limited',
  async run(context) {
    const handle = await context.mountElement();
    const { expires_in: expiresIn } = await handle.refresh();
    await context.waitFor(() => context.calls('refresh').length > 0, 'the exchange');
    const again = await handle.refresh().then(() => 'refreshed', ({ code }) => String(code));
    await context.wait(SETTLE_MS);
    const [init] = context.calls('init');
    const [refresh] = context.calls('refresh');
    return [
      check('token_refreshed, with the life of the new token', context.events('token_refreshed').length === 1 && expiresIn > 0),
      check('one refresh, and the server rotated', context.calls('refresh').length === 1 && refresh?.outcome === 'rotated'),
      check('same session, new token (jti)', refresh?.session?.id === init?.session?.id && refresh?.claims?.jti !== init?.claims?.jti),
      check('at once again: rate_limited, nothing sent', again === 'rate_limited'),
      context.checkNoLeak(),
    ];
  },
};

/** @type {Scenario} */
const logOut = {
  id: 'log-out',
  name: 'Log out',
  group: 'works',
  expected: 'The shop’s logout ends this element’s session on the server and in the frame. The customer’s login on the shop’s page lives on.',
  isPart: ({ kind, label, result }) => kind === 'port' && (label === 'logout_complete' || result === 'not_connected'),
  async run(context) {
    const linkToken = await obtainLinkToken();
    const handle = await context.mountElement(linkToken);
    // Else the list's own call may meet the ended session, which is no answer to look at.
    await context.waitFor(() => context.reads().length > 0, 'the customer’s list');
    await handle.logout();
    await context.waitFor(() => context.calls('logout').length > 0, 'the exchange');
    const ended = handle.state;
    const afterwards = await handle.refresh().then(() => 'refreshed', ({ code }) => String(code));
    const [logout] = context.calls('logout');
    context.note('mounted again with the same lnk_');
    context.stage.mount(linkToken);
    await context.waitFor(() => context.events('authenticated').length === 2, '`authenticated` again');
    return [
      check('logout_complete, the handle says ended', context.events('logout_complete').length === 1 && ended === 'ended'),
      check('the server ended one session', logout?.status === 200 && logout.revoked === 1),
      check('no refresh afterwards', afterwards !== 'refreshed' && context.calls('refresh').length === 0),
      check('the same login can start another element', context.stage.handle?.state === 'authenticated'),
      context.checkNoLeak(),
    ];
  },
};

/** @type {Scenario} */
const evilParent = {
  id: 'evil-parent',
  name: 'Evil parent',
  group: 'attacked',
  expected: 'evil.localhost frames the element for the shop’s business: openly, then claiming the shop’s origin. The browser shows neither; no ready, no bootstrap, no init.',
  isPart: (step) => step.entry?.sec_fetch_dest === 'iframe' || isRefused(step, 'bootstrap', ['ORIGIN_NOT_ALLOWED']),
  async run(context) {
    context.note('evil.localhost frames the element');
    context.stage.clear();
    context.stage.embedEvil(null);
    context.stage.embedEvil(originOf('shop'));
    await context.waitFor(() => context.reports.length === 2 && context.documents().length === 2 && context.calls('bootstrap').length >= 2, 'evil’s two reports');
    const ancestors = context.documents().map(({ entry }) => entry?.frame_ancestors).sort();
    const isSilent = context.reports.every(({ heard }) => heard === 0);
    for (const step of isSilent ? context.documents() : []) {
      const allowed = step.entry?.frame_ancestors ?? null;
      if (allowed === "'none'" || allowed === originOf('shop')) context.timeline.markDropped(step, `frame-ancestors ${hostOf(allowed)}, no ready`);
    }
    return [
      check('asked openly: frame-ancestors \'none\'', ancestors[0] === "'none'"),
      check('claiming the shop: only the shop may frame it', ancestors[1] === originOf('shop')),
      check('its own bootstrap calls: 403 ORIGIN_NOT_ALLOWED', context.calls('bootstrap').every(({ status, error }) => status === 403 && error === 'ORIGIN_NOT_ALLOWED')),
      check('no init reached the server', context.calls('init').length === 0),
      check('evil’s pages heard nothing of the element: no ready', isSilent),
    ];
  },
};

/** @type {Scenario} */
const replayInit = {
  id: 'replay-init',
  name: 'Replay init',
  group: 'attacked',
  expected: 'A script on the shop’s page repeats all it could have seen: a ready of its own making, the SDK’s init, the bootstrap token. None has any effect.',
  isPart: (step) => step.entry?.origin === originOf('shop') && isRefused(step, 'init', ['ORIGIN_NOT_ALLOWED']),
  async run(context) {
    await context.mountElement();
    const forged = context.postForgedReady();
    const again = context.resendInit();
    const stolen = { bootstrap_token: context.timeline.bootstrapToken, code_verifier: 'v'.repeat(43), business_id: ownBusiness(), element: 'payment', parent_origin: originOf('shop') };
    const request = /** @type {const} */ ({ method: 'POST', mode: 'no-cors', headers: { 'Content-Type': 'text/plain' } });
    await fetch(ownUrl(originOf('link') + INIT), { ...request, body: JSON.stringify(stolen) }).catch(() => null); // `no-cors`: this page may not read the answer
    await context.waitFor(() => context.calls('init').length >= 2, 'the direct try');
    await context.wait(2 * SETTLE_MS);
    const direct = context.calls('init').filter(({ origin }) => origin === originOf('shop'));
    const byFrame = context.calls('init').length - direct.length;
    if (byFrame === 1) context.timeline.markDropped(again, 'the frame takes one init a document');
    const hasCome = context.timeline.received.some(({ via, data }) => via === 'window' && fieldsOf(data).code_challenge === forged);
    return [
      check('the shop’s own ready, with a fresh challenge: it came, and no second bootstrap followed', hasCome && context.calls('bootstrap').length === 1),
      check('init again: dropped, no second call of the frame', byFrame === 1 && context.events('initialized').length === 1),
      check('the shop’s own origin cannot call init: 403 ORIGIN_NOT_ALLOWED', direct.length === 1 && direct[0]?.status === 403 && direct[0].error === 'ORIGIN_NOT_ALLOWED'),
      context.checkNoLeak(),
    ];
  },
};

/** @type {Scenario} */
const loseAnswer = {
  id: 'lose-answer',
  name: 'Lose the refresh answer',
  group: 'broken',
  expected: 'The server rotates, and the connection breaks before the answer. The frame asks again with the same key, gets the same successor, and nobody is logged out.',
  rules: { refresh: 'the frame’s second try, with the same key, is answered with the same successor' },
  async run(context) {
    const handle = await context.mountElement();
    await clearFaults();
    let expiresIn = 0;
    try {
      await orderFault(REFRESH, 'lose');
      ({ expires_in: expiresIn } = await handle.refresh());
      await context.waitFor(() => context.calls('refresh').length >= 2, 'the second try');
    } finally {
      await clearFaults(); // the run may be reset before the fault was used up
    }
    const [first, second] = context.calls('refresh');
    return [
      check('the first answer was lost after the server rotated', first?.fault === 'lose' && first.outcome === 'rotated'),
      check('the second try was recognised: replayed', second?.status === 200 && second.outcome === 'replayed'),
      check('same session before and after', first?.session?.id === second?.session?.id),
      check('the shop heard one token_refreshed, no error', expiresIn > 0 && context.events('token_refreshed').length === 1 && context.events('error').length === 0),
      context.checkNoLeak(),
    ];
  },
};

/** @type {Scenario} */
const reloadFrame = {
  id: 'reload-frame',
  name: 'Reload frame',
  group: 'broken',
  expected: 'The frame’s document is loaded anew. It makes a new verifier and says ready again; the SDK closes the old port and starts over. Two sessions, never one shared.',
  async run(context) {
    const handle = await context.mountElement();
    context.reloadFrame();
    await context.waitFor(() => context.events('initialized').length === 2 && context.calls('init').length === 2, 'a second `initialized`');
    await context.wait(SETTLE_MS); // the page's listeners receive a message before the SDK's
    const challenges = new Set(context.readyMessages().map(({ data }) => fieldsOf(data).code_challenge));
    const sessions = new Set(context.calls('init').map(({ session }) => session?.id));
    const ports = new Set(context.timeline.steps.filter(({ kind, label }) => kind === 'port' && label === 'initialized').map(({ port }) => port));
    return [
      check('a second ready, with a new challenge', challenges.size === 2),
      check('a second bootstrap and a second init', context.calls('bootstrap').length === 2 && context.calls('init').length === 2),
      check('two elements sessions', sessions.size === 2),
      check('a new port, and the handle is a guest’s again', ports.size === 2 && handle.state === 'guest'),
      context.checkNoLeak(),
    ];
  },
};

/** @type {Scenario} */
const signInByCode = {
  id: 'sign-in-by-code',
  name: 'Sign in by code',
  group: 'byHand',
  expected: 'Type any e-mail address or phone number into the live element, ask for the code, and type the code that appears beside “Live element”.',
  needsPerson: true,
  async run(context) {
    const handle = await context.mountElement();
    await context.codeAsked();
    const login = await context.codeTaken();
    const [guest] = context.calls('init');
    context.must('verify-otp: 200, and amr says otp', JSON.stringify(login.claims?.amr) === '["otp"]');
    context.must('a new session, authenticated; the guest’s is not reused', login.session?.state === 'authenticated' && guest?.session != null && login.session.id !== guest.session.id);
    await context.signedIn();
    const asked = context.calls('request-otp');
    return [
      check('request-otp: sent by the frame, not by the shop', asked.length > 0 && asked.every(({ origin }) => origin === originOf('link'))),
      check('authenticated reached the shop', context.events('authenticated').length === 1 && handle.state === 'authenticated'),
      context.checkNoLeak(),
    ];
  },
};

/** @type {Scenario} */
const choose = {
  id: 'choose',
  name: 'Choose address and wallet',
  group: 'byHand',
  expected: 'Two elements of one customer. Press “Use this address” in the first and “Use this wallet” below it. The shop learns an opaque id and a masked label of each; its server reads the rest.',
  needsPerson: true,
  async run(context) {
    const linkToken = await obtainLinkToken();
    await saveSomething(linkToken);
    await context.mountElement(linkToken, 'address');
    context.stage.mountBeside(linkToken, 'payment');
    const chosen = (/** @type {string} */ element) => context.events('selected').map(({ data }) => fieldsOf(data)).filter((data) => data.element === element).at(-1);
    const isChosen = async (/** @type {string} */ element, /** @type {string} */ text, /** @type {RegExp} */ id, /** @type {RegExp} */ label) => {
      await context.person(() => chosen(element) !== undefined, 'a person who chooses');
      context.must(text, id.test(String(chosen(element)?.id)) && label.test(String(chosen(element)?.label)));
    };
    await Promise.all([
      isChosen('address', 'the address: an opaque id, a label without the street', /^addr_/, /^Home, Accra$/),
      isChosen('payment', 'the wallet: an opaque id, the end of its number', /^momo_/, /^MTN •• \d{4}$/),
    ]);
    await context.wait(SETTLE_MS);
    const { addresses, mobile_money: wallets } = await savedBy(linkToken);
    const [address, wallet] = [chosen('address'), chosen('payment')];
    return [
      check('the shop’s server finds both by these ids', addresses.some(({ id }) => id === address?.id) && wallets.some(({ id }) => id === wallet?.id)),
      context.checkNoLeak(),
    ];
  },
};

/** In the order of their keys on the keyboard. @type {readonly Scenario[]} */
export const SCENARIOS = Object.freeze([happyGuest, signIn, refreshNow, logOut, evilParent, replayInit, loseAnswer, reloadFrame, signInByCode, choose, crowdedNetwork, twoTabs, lateCode, reloadWhileWaiting, strangersNumber, siblings, reloadKeeps, signOut, stepUp, offline, redisFailover, serverRestart, reservedContacts]);
/** Key of each scenario. */
export const KEYS = '1234567890abcdefghijklm';
