/** Scenarios of what a signed-in customer does in the element: leaves it, or changes what is saved. */

import { originOf } from './origins.js';
import { check, SETTLE_MS } from './scenario.js';
import { contactOfLogin, letPassFor, obtainLinkToken, savedBy, saveSomething } from './servers.js';

const WALLETS = '/v1/link/mobile-money/';

/** @type {import('./scenario.js').Scenario} */
export const signOut = {
  id: 'sign-out',
  name: 'Sign out',
  group: 'byHand',
  expected: 'Sign in by a code, then press “Sign out” in the element. The customer’s sessions end on the server, the shop hears logout_complete, and the next element begins with a guest.',
  needsPerson: true,
  isPart: ({ kind, label }) => kind === 'port' && label === 'logout_complete',
  async run(context) {
    await context.mountElement();
    await context.codeAsked();
    await context.signedIn();
    await context.person(() => context.events('logout_complete').length > 0, 'a person who presses “Sign out”');
    const ended = () => context.calls('logout').filter(({ status, revoked }) => status === 200 && Number(revoked) > 0);
    await context.waitFor(() => ended().length > 0, 'the exchange'); // the servers tell of it later than the port
    context.note('mounted again');
    await context.stage.mount().ready;
    await context.wait(SETTLE_MS); // for a sign-in that must not come
    return [
      check('sent by the frame, and the server ended its session', ended().every(({ origin }) => origin === originOf('link'))),
      check('the shop heard logout_complete once, and no error', context.events('logout_complete').length === 1 && context.events('error').length === 0),
      check('the next element is a guest’s', context.stage.handle?.state === 'guest' && context.events('authenticated').length === 1),
      context.checkNoLeak(),
    ];
  },
};

/** @type {import('./scenario.js').Scenario} */
export const stepUp = {
  id: 'step-up',
  name: 'Step-up',
  group: 'byHand',
  expected: 'The shop signed the customer in, by no code of this element. Press “Remove” in the wallet: a code is asked for first, of that customer (the note names the e-mail address). Type it, and “Remove” goes on where it was.',
  needsPerson: true,
  async run(context) {
    const linkToken = await obtainLinkToken();
    await saveSomething(linkToken);
    await letPassFor(contactOfLogin()); // the shop's own code was sent just now
    const handle = await context.mountElement(linkToken);
    context.note(`signed in by the shop: ${contactOfLogin()}`);
    const [init] = context.calls('init');
    await context.codeAsked();
    context.must('before the code, the session is the shop’s sign-in alone: amr says bootstrap', JSON.stringify(init?.claims?.amr) === '["bootstrap"]');
    const { claims } = await context.codeTaken();
    context.must('the same customer, and amr says otp now', claims?.sub === init?.claims?.sub && Array.isArray(claims?.amr) && claims.amr.includes('otp'));
    const removed = () => context.timeline.steps.some(({ entry }) => entry?.method === 'DELETE' && entry.path.startsWith(WALLETS) && entry.status < 300);
    await context.person(removed, 'a person who removes the wallet');
    const { mobile_money: wallets } = await savedBy(linkToken);
    return [
      check('the wallet is gone', wallets.length === 0),
      check('the shop heard of one sign-in, its own', context.events('authenticated').length === 1 && context.events('error').length === 0 && handle.state === 'authenticated'),
      context.checkNoLeak(),
    ];
  },
};
