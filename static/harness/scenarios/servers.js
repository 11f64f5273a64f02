/** Requests of the harness to its servers: the trace, ordered faults, the outbox of codes, and the shop's own login. */

import { originOf } from './origins.js';

/** @typedef {{ session_token: string, customer_id: string }} Login */

/** Business of this page alone, by which the servers tell its calls from those of other pages. */
let business = 'bus_demo';

/** Get a business of this page's own, before anything is called for it. */
export async function openBusiness() {
  ({ business_id: business } = await answered(await fetch('/dev/businesses', post({}))));
}

/**
 * Be the page of a new business that wants a reload to keep its customers, for the time of `act`.
 * @template T @param {(entry: import('./steps.js').Entry) => void} onExchange @param {() => Promise<T>} act @returns {Promise<T>}
 */
export async function withBusinessThatKeeps(onExchange, act) {
  const own = business;
  ({ business_id: business } = await answered(await fetch('/dev/businesses', post({ reload: 'keep' }))));
  const stop = followTrace(onExchange);
  try {
    return await act();
  } finally {
    stop();
    business = own;
  }
}

/** Be a page of another page's business. @param {string} id */
export function joinBusiness(id) {
  business = id;
}

export function ownBusiness() {
  return business;
}

/** Address of a call of this page's. @param {string} url */
export function ownUrl(url) {
  return `${url}?business_id=${business}`;
}

const CONTACT_DOMAIN = 'shopper.example.com';

/** @type {string | null} */
let linkToken = null;
/** Contact of the customer whom it is of. */
let contactOfToken = '';

/** @param {(entry: import('./steps.js').Entry) => void} onExchange @returns {() => void} ends it */
export function followTrace(onExchange) {
  const source = new EventSource(ownUrl('/dev/trace'));
  source.onmessage = ({ data }) => onExchange(JSON.parse(data));
  return () => source.close();
}

/** Order a fault for the next `times` calls of `path`, or `offline` from its next one on. @param {string} path @param {'lose' | 'together' | 'offline'} kind */
export async function orderFault(path, kind, times = 1) {
  await answered(await fetch('/dev/faults', post({ path, kind, times, business_id: business })));
}

/** Let minutes pass for the codes that frames of this page asked for, their messages and their waits, which a person would have to wait for. @param {number} minutes */
export async function letPass(minutes) {
  await answered(await fetch('/dev/later', post({ minutes, business_id: business })));
}

/** Let a minute pass for the codes of a contact, whoever asked for them. @param {string} contact */
export async function letPassFor(contact) {
  await answered(await fetch('/dev/later', post({ minutes: 1, contact })));
}

export async function clearFaults() {
  await answered(await fetch(ownUrl('/dev/faults'), { method: 'DELETE' }));
}

/** Let a part of the stack be gone, until it is ended or for 15 s. @param {'redis' | 'services'} of @returns {Promise<boolean>} false if this stack cannot break it */
export async function beginOutage(of) {
  const { has_begun: hasBegun } = await answered(await fetch('/dev/outages', post({ of, business_id: business })));
  return hasBegun;
}

/** Return once it is back. */
export async function endOutage() {
  await answered(await fetch(ownUrl('/dev/outages'), { method: 'DELETE' }));
}

/**
 * Let customers behind one address start an element and ask for codes, then one session flood. Returns how often each status came.
 * @param {{ customers: number, codes: number, flood: number }} order
 * @returns {Promise<{ address: string } & Record<'handshakes' | 'codes' | 'flood' | 'afterwards', Record<string, number>>>}
 */
export async function orderCrowd(order) {
  return answered(await fetch('/dev/crowd', post({ ...order, business_id: business })));
}

/** Let strangers of this shop's customers try wrong codes for a contact. Returns how often each status came. @param {string} contact @param {number} tries @returns {Promise<Record<string, number>>} */
export async function sendStrangers(contact, tries) {
  return answered(await fetch('/dev/strangers', post({ contact, tries, business_id: business })));
}

/** @typedef {{ contact: string, code: string, sent_at: string, channel: string, message: string }} SentCode */

/** Messages with codes that frames of this page asked for, newest first. @param {number} since epoch milliseconds @returns {Promise<SentCode[]>} */
export async function sentCodes(since) {
  const sent = await answered(await fetch(ownUrl('/dev/outbox')));
  return sent.filter((/** @type {SentCode} */ { sent_at: at }) => Date.parse(at) >= Math.floor(since));
}

/** Messages with codes for a contact, or for numbers that end so, newest first: those that no frame asked for too. @param {string} ending @returns {Promise<SentCode[]>} */
export async function sentTo(ending) {
  const sent = await answered(await fetch('/dev/outbox'));
  return sent.filter((/** @type {SentCode} */ { contact }) => contact.endsWith(ending));
}

/** Ask for a code as the shop's own page. Returns the status and what is wrong with the contact. @param {object} claim @returns {Promise<{ status: number, reason: string | undefined }>} */
export async function askForCode(claim) {
  const response = await fetch(ownUrl(`${originOf('api')}/v1/link/auth/request-otp`), post(claim));
  const { error } = await response.json();
  return { status: response.status, reason: error?.details?.reasons?.contact };
}

/**
 * Sign a new customer in on the shop's page, by the Link API and the outbox; the browser gets the login's cookie. The token is reused while the page is open, since codes are rate-limited.
 * @returns {Promise<string>} the customer's `lnk_`
 */
export async function obtainLinkToken() {
  if (linkToken !== null) return linkToken;
  const contact = `ama.${crypto.randomUUID().slice(0, 8)}@${CONTACT_DOMAIN}`;
  const claim = { contact, contact_type: 'email' };
  await answered(await fetch(ownUrl(`${originOf('api')}/v1/link/auth/request-otp`), post(claim)));
  const [sent] = await sentTo(contact);
  const login = await answered(await fetch(ownUrl(`${originOf('api')}/v1/link/auth/verify-otp`), { ...post({ ...claim, otp_code: sent?.code }), credentials: 'include' }));
  linkToken = String(login.session_token);
  contactOfToken = contact;
  return linkToken;
}

export function contactOfLogin() {
  return contactOfToken;
}

/** Refresh the shop's login by its cookie, with a key that no other page has. @returns {Promise<Login>} */
export async function refreshLogin() {
  const { headers, ...request } = post({});
  const sent = { ...headers, 'Idempotency-Key': crypto.randomUUID() };
  return answered(await fetch(ownUrl(`${originOf('api')}/v1/link/auth/refresh`), { ...request, headers: sent, credentials: 'include' }));
}

/** Saved items of a customer, read with their `lnk_` like the shop's own server does. @param {string} token @returns {Promise<{ addresses: any[], mobile_money: any[] }>} */
export async function savedBy(token) {
  const { data } = await answered(await fetch(ownUrl(`${originOf('api')}/v1/link/data`), { headers: { Authorization: `Bearer ${token}` } }));
  return data;
}

/** A number of nobody's, whose code and wallet play what its ending says (docs/testing.md). @param {string} ending */
export function reservedNumber(ending) {
  return `+23352${String(Math.floor(Math.random() * 1e5)).padStart(5, '0')}${ending}`;
}

/** Sign in on the shop's page with a reserved number and the code that all of them have. @param {string} number @returns {Promise<{ told: string[], token: string }>} what each of the two calls was answered */
export async function signInReserved(number) {
  const claim = { contact: number, contact_type: 'phone' };
  const asked = await fetch(ownUrl(`${originOf('api')}/v1/link/auth/request-otp`), post(claim));
  const entered = await fetch(ownUrl(`${originOf('api')}/v1/link/auth/verify-otp`), post({ ...claim, otp_code: '246810' }));
  const [first, second] = [await asked.json(), await entered.json()];
  return { told: [first, second].map(({ error }) => error?.code ?? 'ok'), token: String(second.session_token) };
}

/** Save a wallet and have it verified. @param {string} token @param {string} number @returns {Promise<string>} what the second call was answered */
export async function verifyWallet(token, number) {
  const wallets = `${originOf('api')}/v1/link/mobile-money`;
  const { data } = await answered(await fetch(ownUrl(wallets), post({ provider: 'mtn', phone_number: number }, token)));
  const { error } = await (await fetch(ownUrl(`${wallets}/${data.id}/verify`), post({}, token))).json();
  return error?.code ?? 'ok';
}

/** Save an address and a wallet for the customer, unless there are some, as if they had been saved in another shop. @param {string} token */
export async function saveSomething(token) {
  const { addresses, mobile_money: wallets } = await savedBy(token);
  const save = async (/** @type {string} */ path, /** @type {object} */ body) => answered(await fetch(ownUrl(`${originOf('api')}/v1/link/${path}`), post(body, token)));
  if (addresses.length === 0) await save('addresses', { label: 'Home', street_address: '12 Ring Road East', city: 'Accra', region: 'Greater Accra', country: 'GH' });
  if (wallets.length === 0) await save('mobile-money', { provider: 'mtn', phone_number: reservedNumber('00') });
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
