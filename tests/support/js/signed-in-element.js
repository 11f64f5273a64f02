/** Fake frame with a signed-in customer, and the requests it sends to the Link API. */

import { frame, grant, wallet } from './fake-frame.js';
import { ok } from './fakes.js';
import { HOME, WORK } from './saved-items.js';

/** @typedef {import('./fake-frame.js').Answers} Answers */

export const TYPED = Object.freeze({ label: 'Shop', street_address: '1  High Street ', apartment: '', city: 'Accra', region: 'Greater Accra', country: 'GH', phone_for_delivery: '', delivery_instructions: 'Ring\ntwice' });
export const NUMBER = Object.freeze({ provider: 'telecel', phone_number: '+233201112223', label: '' });

/** Connect an element whose Link API returns `saved`. @param {any} saved @param {Answers} [answers] */
export async function signedInElement(element = /** @type {'address' | 'payment'} */ ('address'), saved = { addresses: [HOME, WORK] }, answers = {}, amr = ['otp'], again = amr) {
  const made = frame({
    init: () => grant('authenticated', amr, 'cus_1'), 'verify-otp': () => grant('authenticated', again, 'cus_1'), data: () => ok(wallet(saved)), ...answers,
  }, { embedding: { element } });
  await made.connect();
  const writeCalls = () => made.network.sent.filter(({ url, request }) => /addresses|mobile-money/.test(url) && request.method !== 'GET');
  const writes = () => writeCalls().map(({ url, request, body }) => [request.method, url.replace('/v1/link/', ''), body]);
  const keys = () => writeCalls().map(({ headers }) => headers['Idempotency-Key']);
  const code = async (contact = 'ama@mail.example') => {
    made.element.requestCode(contact);
    await made.advance(10);
    made.element.verifyCode('123456');
    await made.advance(10);
  };
  return { ...made, actions: made.itemList.actions, writes, keys, code };
}
