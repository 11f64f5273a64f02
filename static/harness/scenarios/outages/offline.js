/** A scenario in which the customer's device loses its network, and gets it back. */

import { check } from '../scenario.js';
import { clearFaults, obtainLinkToken, orderFault, saveSomething } from '../servers.js';
import { fieldsOf } from '../steps.js';

const LIST = '/v1/link/data';
/** What the browser says of its network decides which. */
const CODES = ['network', 'offline'];

/** @type {import('../scenario.js').Scenario} */
export const offline = {
  id: 'offline',
  name: 'Offline',
  group: 'broken',
  expected: 'The network goes as the list is asked for: connections of this page’s element are reset. The frame says so, with Try again, and goes on by itself. The browser does not know: the shop hears “network”. It would hear “offline” with DevTools’ Offline, which no page can set.',
  isPart: ({ kind, label, result }) => kind === 'port' && label === 'error' && CODES.includes(String(result)),
  async run(context) {
    const linkToken = await obtainLinkToken();
    await saveSomething(linkToken);
    await clearFaults();
    let code = '';
    let isTold = false;
    try {
      await orderFault(LIST, 'offline'); // from that call on
      const handle = context.stage.mount(linkToken);
      const hasListStep = () => context.events('step').some(({ data }) => fieldsOf(data).name === 'list');
      await context.waitFor(() => hasListStep() && context.reads().length > 0, 'the frame’s word that there is no list');
      isTold = context.reads().every(isUnanswered);
      code = await handle.refresh().then(() => 'refreshed', ({ code: told }) => String(told));
      await context.waitFor(() => context.calls('refresh').length > 0, 'the trace of the refresh');
    } finally {
      await clearFaults(); // the run may be reset before
    }
    context.note('the network is back', 'frame');
    await context.waitFor(() => context.reads().at(-1)?.status === 200, 'the list');
    const { handle } = context.stage;
    const [init] = context.calls('init');
    const errors = context.events('error');
    return [
      check('no call came through: no list, no refresh', context.reads().slice(0, -1).every(isUnanswered) && context.calls('refresh').every(isUnanswered)),
      check('the frame told the customer', isTold),
      check('the shop heard one error, which is retryable', CODES.includes(code) && errors.length === 1 && fieldsOf(errors[0]?.data).retryable === true),
      check('then the list came by itself', context.reads().at(-1)?.status === 200),
      check('nobody was logged out: same session', handle?.state === 'authenticated' && context.calls('init').length === 1 && init?.session?.state === 'authenticated'),
      context.checkNoLeak(),
    ];
  },
};

/** @param {import('../steps.js').Entry} call */
function isUnanswered({ status, fault }) {
  return status === 0 && fault === 'offline';
}
