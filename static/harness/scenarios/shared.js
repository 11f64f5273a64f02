/** Scenarios of what customers and pages share: one network, one cookie, one page. */

import { originOf } from './origins.js';
import { isRefused } from './refusals.js';
import { check, SETTLE_MS } from './scenario.js';
import { clearFaults, obtainLinkToken, orderCrowd, orderFault, refreshLogin, savedBy } from './servers.js';
import { fieldsOf } from './steps.js';

const LOGIN_REFRESH = '/v1/link/auth/refresh';
/** More handshakes than one address had in a minute once, and twice the codes it had in an hour. */
const CROWD = Object.freeze({ customers: 40, codes: 40, flood: 35 });
/** Calls of one session in a minute. */
const OF_ONE_SESSION = 30;

/** @type {import('./scenario.js').Scenario} */
export const crowdedNetwork = {
  id: 'crowded-network',
  name: 'Crowded network',
  group: 'works',
  expected: `${CROWD.customers} customers behind one address, as on a mobile network, start an element, and each asks for a code. Then one session tries ${CROWD.flood} codes: it alone is refused (429, the red rows at the end), and the next customer of that address gets in.`,
  rules: {
    bootstrap: 'each customer behind the address starts an element, though many others do',
    init: 'each customer behind the address has a session, though many others have one',
    'request-otp': 'each customer behind the address gets a code for a number of their own',
    'verify-otp': `one session’s first ${OF_ONE_SESSION} calls of a minute are answered, and a wrong code is just wrong`,
  },
  isPart(step) {
    return isRefused(step, 'verify-otp', ['OTP_INVALID', 'OTP_EXPIRED', 'RATE_LIMITED']);
  },
  async run(context) {
    const { address, handshakes, codes, flood, afterwards } = await orderCrowd(CROWD);
    await context.waitFor(() => context.calls('bootstrap').length === CROWD.customers + 2, 'the trace of the crowd');
    const sent = context.calls('request-otp').filter(({ status }) => status === 200).length;
    return [
      check(`${CROWD.customers} handshakes from ${address}, and the flooder’s: all 200`, isAll(handshakes, CROWD.customers + 1)),
      check(`${CROWD.codes} codes for as many numbers: all sent`, isAll(codes, CROWD.codes) && sent === CROWD.codes),
      check(`one session’s flood: ${OF_ONE_SESSION} calls, then 429`, flood['429'] === CROWD.flood - OF_ONE_SESSION && context.calls('verify-otp').at(-1)?.error === 'RATE_LIMITED'),
      check('the next customer of that address: 200', isAll(afterwards, 1)),
      context.checkNoLeak(),
    ];
  },
};

/** @type {import('./scenario.js').Scenario} */
export const twoTabs = {
  id: 'two-tabs',
  name: 'Two tabs',
  group: 'broken',
  expected: 'Two tabs of the shop refresh its login at once: one cookie, two keys. Each gets tokens, nobody is logged out, and the element of that login lives on.',
  needs: { name: 'third-party cookie', otherwise: 'auth/refresh: 401 UNAUTHENTICATED' }, // the Link API is at another site than the shop
  rules: { 'auth/refresh': 'two tabs with one cookie, and a key each, both get tokens, and nobody is logged out' },
  async run(context) {
    await obtainLinkToken();
    const { session_token: linkToken } = await refreshLogin(); // by the cookie, as the tabs will
    const handle = await context.mountElement(linkToken);
    const tabs = [await context.stage.openTab('Tab 1'), await context.stage.openTab('Tab 2')];
    const logins = await refreshAtOnce(tabs);
    const later = await refreshLogin();
    await context.waitFor(() => context.calls(LOGIN_REFRESH).length >= 4, 'the trace of four refreshes'); // the servers tell of them later than they answer
    const [, first, second] = context.calls(LOGIN_REFRESH);
    const tokens = [linkToken, ...logins.map(({ session_token: token }) => token), later.session_token];
    const { expires_in: expiresIn } = await handle.refresh();
    return [
      check('the second was sent before the first was answered: with the same cookie', Number(second?.started_at) < Number(first?.started_at) + Number(first?.ms)),
      check('both 200, with tokens of their own, for the same customer', first?.status === 200 && second?.status === 200 && new Set(tokens).size === tokens.length && new Set(logins.map(({ customer_id: id }) => id)).size === 1),
      check('both tabs are signed in: each token opens the customer’s data', (await Promise.all(logins.map(({ session_token: token }) => savedBy(token)))).length === 2),
      check('the next refresh by the cookie: 200', context.calls(LOGIN_REFRESH).at(-1)?.status === 200),
      check('the element of this login refreshes, and is authenticated still', expiresIn > 0 && handle.state === 'authenticated' && context.events('error').length === 0),
      context.checkNoLeak(),
    ];
  },
};

/** @type {import('./scenario.js').Scenario} */
export const siblings = {
  id: 'siblings',
  name: 'Siblings',
  group: 'byHand',
  expected: 'Two elements on one page. Sign in by a code in the first. The second is signed in by it, from frame to frame, with a session of its own; the shop’s page passes nothing on.',
  needsPerson: true,
  rules: { bootstrap: 'the frame that is signed in gets a bootstrap token for the other one' },
  async run(context) {
    await context.mountElement();
    context.stage.mountBeside(null, 'address');
    await context.waitFor(() => context.events('initialized').length === 2, 'two guests');
    await context.codeAsked();
    const { claims, session } = await context.codeTaken();
    await context.waitFor(() => context.events('authenticated').length === 2, '`authenticated` of both');
    const secondInit = () => context.calls('init').find((call) => call.session?.state === 'authenticated' && call.session.element === 'address');
    await context.waitFor(() => secondInit() !== undefined, 'the second’s init'); // the servers tell of it later than the port
    await context.wait(SETTLE_MS);
    const handed = context.calls('bootstrap').filter(({ origin }) => origin === originOf('link'));
    const second = secondInit();
    const toWindow = context.timeline.received.filter(({ via }) => via === 'window');
    return [
      check('the first frame asked for the second’s bootstrap token, with a proof of its own', handed.length > 0 && handed.every(({ status, dpop }) => status === 200 && dpop)),
      check('one customer by one code: amr says otp in both', second?.claims?.sub === claims?.sub && JSON.stringify(second?.claims?.amr) === '["otp"]'),
      check('two sessions', second?.session != null && second.session.id !== session?.id),
      check('the shop’s window heard of ready alone', toWindow.every(({ data }) => fieldsOf(data).type === 'ready')),
      context.checkNoLeak(),
    ];
  },
};

/** @param {import('../page/stage.js').Tab[]} tabs @returns {Promise<import('./servers.js').Login[]>} */
async function refreshAtOnce(tabs) {
  await clearFaults();
  try {
    await orderFault(LOGIN_REFRESH, 'together', tabs.length); // each tab has sent before the other has the next cookie
    return await Promise.all(tabs.map((tab) => tab.refresh()));
  } finally {
    await clearFaults();
  }
}

/** Whether all of `times` calls were answered with 200. @param {Record<string, number>} statuses @param {number} times */
function isAll(statuses, times) {
  return statuses['200'] === times && Object.keys(statuses).length === 1;
}
