import assert from 'node:assert/strict';
import test from 'node:test';

import { LinkError } from '../../../static/sdk/failures.js';
import { EVENTS, readEvent } from '../../../static/sdk/wire.js';
import { OutboundError, Port, buildMessage } from '../../../static/frame/protocol/port.js';

/** @type {any} */
const EXAMPLES = {
  initialized: { state: 'guest' },
  authenticated: {},
  token_refreshed: { expires_in: 300 },
  height_change: { height: 120 },
  step: { name: 'contact' },
  dismissed: {},
  selected: { element: 'payment', id: `momo_${'a'.repeat(16)}`, label: 'MTN •••• 4567' },
  error: { code: 'network', retryable: true, message: 'The service cannot be reached.', request_id: '0123456789012345-1' },
  logout_complete: {},
};
const SECRETS = [
  `lnk_${'a'.repeat(20)}`, `rfr_${'a'.repeat(20)}`, `elr_${'a'.repeat(20)}`, `elb_${'a'.repeat(20)}`, 'eyJhbGciOi.eyJzdWIi.c2ln',
  'ama@mail.example', 'efua @ example.com', 'ama＠mail', '+233 24 123 4567', '0241234567', '024/765/4321', '０２４７６５４３２１', '024–765–4321', '٠٢٤٧٦٥٤٣٢١', '024\u200b765\u200b4321', `cus_${'a'.repeat(16)}`, `acc_${'a'.repeat(16)}`, `els_${'a'.repeat(16)}`, `lses_${'a'.repeat(16)}`,
];

test('every event of the contract can be sent, and the shop can read it', () => {
  assert.deepEqual(Object.keys(EXAMPLES), Object.keys(EVENTS));
  for (const [type, fields] of Object.entries(EXAMPLES)) {
    const id = type === 'selected' ? null : 'c1';
    assert.deepEqual(readEvent(buildMessage(/** @type {any} */ (type), fields, id)), { type, id, payload: fields });
  }
});

test('no field can carry a token, a contact or an id of a customer', () => {
  for (const secret of SECRETS) {
    for (const [type, fields] of Object.entries(EXAMPLES)) {
      for (const name of Object.keys(fields)) {
        const message = { ...fields, [name]: secret };
        assert.throws(() => buildMessage(/** @type {any} */ (type), message), OutboundError, `${type}.${name} = ${secret}`);
      }
    }
    assert.throws(() => buildMessage('error', { ...EXAMPLES.error, message: `for ${secret}, sorry` }), OutboundError);
  }
});

test('an unknown message or an unknown field is rejected', () => {
  for (const type of ['init', 'ready', 'session', '__proto__', 'toString', '', undefined]) {
    assert.throws(() => buildMessage(/** @type {any} */ (type), {}), OutboundError);
  }
  assert.throws(() => buildMessage('authenticated', { customer: 'x' }), OutboundError);
  assert.throws(() => buildMessage('initialized', {}), OutboundError);
  assert.throws(() => buildMessage('authenticated', {}, `lnk_${'a'.repeat(20)}`), OutboundError);
});

test('`selected` carries any id of an address or a wallet, and no other id', () => {
  const { label } = EXAMPLES.selected;
  for (const id of [`addr_${'1'.repeat(22)}`, `momo_0241234567${'a'.repeat(12)}`]) assert.equal(buildMessage('selected', { element: 'address', id, label }).type, 'selected');
  for (const id of [`bus_${'a'.repeat(22)}`, `addr_${'a'.repeat(22)} 0241234567`, 'addr_short']) {
    assert.throws(() => buildMessage('selected', { element: 'address', id, label }), OutboundError);
  }
});

test('a failure names the refused call where one was answered, and never in another way than ours', () => {
  /** @type {any[]} */
  const posted = [];
  const port = new Port();
  port.open(/** @type {any} */ ({ postMessage: (/** @type {any} */ message) => posted.push(message), close() {} }), () => {});
  for (const request_id of ['0123456789abcdef-1f', undefined, null, '', 'short', '024 123 4567 024 123', `cus_${'a'.repeat(16)}`]) port.sendError(new LinkError('network', { request_id }));
  const [named, ...others] = posted;
  assert.equal(named.request_id, '0123456789abcdef-1f');
  for (const other of others) assert.deepEqual(Object.keys(other), ['ns', 'v', 'type', 'code', 'retryable', 'message']);
});

test('`selected` carries a label of 60 characters at most; the SDK takes the longer ones of a frame of the release before', () => {
  const { element, id } = EXAMPLES.selected;
  assert.equal(buildMessage('selected', { element, id, label: 'x'.repeat(60) }).label, 'x'.repeat(60));
  assert.throws(() => buildMessage('selected', { element, id, label: 'x'.repeat(61) }), OutboundError);
  assert.notEqual(readEvent({ ns: 'cimplify.link', v: 1, type: 'selected', element, id, label: 'x'.repeat(120) }), null);
});

test('the message of every failure can be sent', () => {
  for (const code of ['network', 'offline', 'session_revoked', 'rate_limited', 'no such code']) {
    const { retryable, message } = new LinkError(code);
    assert.equal(buildMessage('error', { code: 'network', retryable, message }).type, 'error');
  }
});
