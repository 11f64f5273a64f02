/** `request_id`: the call that was refused, named for a report. */

import assert from 'node:assert/strict';
import test from 'node:test';

import { ready, shop } from '../../support/js/fake-shop.js';
import { refusal } from '../../support/js/fakes.js';

test('an error names the call that was refused, where one was answered', async () => {
  const given = { 'X-Request-Id': '0123456789abcdef-1' };
  /** @type {[import('../../support/js/fakes.js').Reply, string | undefined][]} */
  const cases = [
    [refusal(403, 'BUSINESS_DISABLED', given), '0123456789abcdef-1'], [refusal(503, 'STORE_UNAVAILABLE', given), '0123456789abcdef-1'],
    [refusal(403, 'BUSINESS_DISABLED'), undefined], [refusal(403, 'BUSINESS_DISABLED', { 'X-Request-Id': 'of a proxy' }), undefined], ['lost', undefined],
  ];
  for (const [reply, name] of cases) {
    const { events, handle, receive, time } = shop({ answer: () => reply });
    const refused = assert.rejects(handle.ready, { request_id: name });
    await receive(ready());
    await time.advance(60_000);
    await refused;
    assert.deepEqual(events.map(([type, payload]) => [type, payload.request_id, 'request_id' in payload]), [['error', name, name !== undefined]]);
  }
});

test('an error over the port names its call to the listener and to the command', async () => {
  const { handle, connect, say, events } = shop();
  await connect();
  const refused = assert.rejects(handle.refresh(), { code: 'network', request_id: '0123456789abcdef-1' });
  await say('error', { code: 'network', retryable: true, message: 'm', request_id: '0123456789abcdef-1', id: 'c1' });
  await refused;
  assert.deepEqual(events.at(-1), ['error', { code: 'network', retryable: true, message: 'm', request_id: '0123456789abcdef-1' }]);
});
