/** A scenario in which the Redis of the stack fails over to its replica, as a managed one does. */

import { refreshThrough } from './outage.js';

/** @param {import('../steps.js').Entry} call */
const isRefused = ({ status, error }) => status === 503 && error === 'STORE_UNAVAILABLE';

/** @type {import('../scenario.js').Scenario} */
export const redisFailover = {
  id: 'redis-failover',
  name: 'Redis failing over',
  group: 'broken',
  expected: 'Redis gets a replica and is killed. A refresh is 503 until the replica has its address; then the frame’s next try goes through. The shop hears of no error, and nobody is logged out.',
  rules: { refresh: 'the frame’s next try is answered once the replica has taken over' },
  isPart: ({ entry }) => entry !== undefined && isRefused(entry),
  run: (context) => refreshThrough(context, 'redis', {
    gone: 'Redis is killed; its replica has all',
    back: 'the replica has its address',
    refused: 'no Redis: 503 STORE_UNAVAILABLE, Retry-After',
    none: 'Not available: this stack runs on the Redis of REDIS_URL, and the harness breaks none but its own. Expected: REDIS_URL is unset',
    isRefused,
  }),
};
