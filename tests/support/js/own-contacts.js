/** Fake `auth` element of a signed-in customer, who has opened their contacts and account. */

import { frame, grant, wallet } from './fake-frame.js';
import { ok } from './fakes.js';

export const PHONE = Object.freeze({ id: 'con_0000000000000000000001', contact_type: 'phone', contact_masked: '•••• 4567', proved_at: '2026-11-01T10:00:00Z', leaves_at: null });
export const MAIL = Object.freeze({ id: 'con_0000000000000000000002', contact_type: 'email', contact_masked: 'a•••@mail.example', proved_at: '2026-11-02T10:00:00Z', leaves_at: null });
const MASKS = { customer: { contact_masked: PHONE.contact_masked, contacts_masked: [PHONE.contact_masked, MAIL.contact_masked] } };
export const SENT = Object.freeze({ contact_masked: PHONE.contact_masked, expires_in: 600, ask_again_in: 30, channels: ['sms', 'whatsapp'] });
export const CONFIRMATION = 'c'.repeat(43);
const ROUTES = /contacts|\/account/;

/** @param {import('./fake-frame.js').Answers} [answers] by the last word of the route; those of both codes are `ask` and `prove` @param {{ amr?: string[], contacts?: object[] }} [how] */
export async function ownContacts({ ask = () => ok(SENT), prove = () => ok({ purpose: 'add_contact', confirmation: CONFIRMATION, expires_in: 600 }), ...answers } = {}, { amr = ['otp'], contacts = [PHONE, MAIL] } = {}) {
  const made = frame({
    init: () => grant('authenticated', amr, 'cus_1'),
    data: () => ok(wallet(MASKS)),
    contacts: () => ok(contacts),
    'request-otp': (sent) => (sent.url.includes('/contacts/') ? ask(sent) : ok({})),
    'verify-otp': (sent) => (sent.url.includes('/contacts/') ? prove(sent) : grant('authenticated', ['otp'], 'cus_1')),
    ...answers,
  });
  await made.connect();
  const { account, advance, network } = made;
  const act = async (/** @type {string} */ name, /** @type {unknown[]} */ ...args) => {
    account.act[name](...args);
    await advance(3_000);
  };
  const calls = () => network.sent.filter(({ url }) => ROUTES.test(url)).map(({ url, request, body }) => [request.method, url.replace('/v1/link/', ''), body]);
  const keys = (/** @type {string} */ route) => network.to(route).filter(({ url }) => ROUTES.test(url)).map(({ headers }) => headers['Idempotency-Key']);
  const confirmations = () => network.sent.filter(({ url }) => ROUTES.test(url)).map(({ headers }) => headers['Link-Confirmation']);
  const last = (/** @type {string} */ name) => account.shown.filter((/** @type {unknown[]} */ [called]) => called === name).at(-1)?.slice(1);
  return { ...made, act, calls, keys, confirmations, last };
}
