/** A scenario in which the bridge and the Link API restart under a customer, as in a deployment. */

import { refreshThrough } from './outage.js';

/** @param {import('../steps.js').Entry} call */
const isOfGateway = ({ status, fault }) => status === 503 && fault === 'down';

/** @type {import('../scenario.js').Scenario} */
export const serverRestart = {
  id: 'server-restart',
  name: 'Server restarting',
  group: 'broken',
  expected: 'Bridge and Link API answer what is under way, stop, and start with an empty memory. Meanwhile a gateway has a 503 page in their place. The frame tries again, and the customer stays signed in.',
  rules: { refresh: 'the frame’s next try is answered once the services are back' },
  isPart: ({ entry }) => entry !== undefined && isOfGateway(entry),
  run: (context) => refreshThrough(context, 'services', {
    gone: 'bridge and Link API stop',
    back: 'both run again, with an empty memory',
    refused: 'no service: a gateway’s 503, none of our answers',
    none: 'Not available: this stack cannot restart its services',
    isRefused: isOfGateway,
  }),
};
