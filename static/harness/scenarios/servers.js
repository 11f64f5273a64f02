/** What the harness asks of the servers: their trace, faults to order, the outbox, and a login of the shop's own. */

import { originOf } from './origins.js';

const CONTACT_DOMAIN = 'shopper.example.com';

/** @type {string | null} */
let linkToken = null;

/** @param {(entry: import('./steps.js').Entry) => void} onExchange */
export function followTrace(onExchange) {
  const source = new EventSource('/dev/trace');
  source.onmessage = ({ data }) => onExchange(JSON.parse(data));
}

/** Let the next `times` calls of `path` suffer. @param {string} path @param {'lose' | 'unavailable'} kind */
export async function orderFault(path, kind, times = 1) {
  await answered(await fetch('/dev/faults', post({ path, kind, times })));
}

export async function clearFaults() {
  await answered(await fetch('/dev/faults', { method: 'DELETE' }));
}

/** The code that was sent last, and who it went to. @returns {Promise<{ contact: string, code: string } | null>} */
export async function newestCode() {
  const [newest = null] = await answered(await fetch('/dev/outbox'));
  return newest;
}

/**
 * Sign a new customer in on the shop's page, by the Link API and the outbox; once a page, since codes are rationed.
 * @returns {Promise<string>} the customer's `lnk_`
 */
export async function obtainLinkToken() {
  if (linkToken !== null) return linkToken;
  const contact = `ama.${crypto.randomUUID().slice(0, 8)}@${CONTACT_DOMAIN}`;
  const claim = { contact, contact_type: 'email' };
  await answered(await fetch(`${originOf('api')}/v1/link/auth/request-otp`, post(claim)));
  const sent = await answered(await fetch('/dev/outbox'));
  const { code } = sent.find((/** @type {{ contact: string }} */ one) => one.contact === contact);
  const login = await answered(await fetch(`${originOf('api')}/v1/link/auth/verify-otp`, post({ ...claim, otp_code: code })));
  linkToken = String(login.session_token);
  return linkToken;
}

/** What a customer has saved, as the shop's own server reads it with their `lnk_`. @param {string} token @returns {Promise<{ addresses: any[], mobile_money: any[] }>} */
export async function savedBy(token) {
  const { data } = await answered(await fetch(`${originOf('api')}/v1/link/data`, { headers: { Authorization: `Bearer ${token}` } }));
  return data;
}

/** Let the customer have something to choose from: saved earlier, in another shop. @param {string} token */
export async function saveSomething(token) {
  const { addresses, mobile_money: wallets } = await savedBy(token);
  const save = async (/** @type {string} */ path, /** @type {object} */ body) => answered(await fetch(`${originOf('api')}/v1/link/${path}`, post(body, token)));
  if (addresses.length === 0) await save('addresses', { label: 'Home', street_address: '12 Ring Road East', city: 'Accra', region: 'Greater Accra', country: 'GH' });
  if (wallets.length === 0) await save('mobile-money', { provider: 'mtn', phone_number: `+23324${String(Math.floor(Math.random() * 1e7)).padStart(7, '0')}` });
}

/** @param {object} body @param {string} [token] @returns {RequestInit} */
function post(body, token) {
  return { method: 'POST', headers: { 'Content-Type': 'application/json', ...(token && { Authorization: `Bearer ${token}` }) }, body: JSON.stringify(body) };
}

/** @param {Response} response @returns {Promise<any>} */
async function answered(response) {
  const body = await response.json();
  if (!response.ok) throw new Error(`${new URL(response.url).pathname}: ${response.status} ${body.error?.code ?? ''}`);
  return body;
}
