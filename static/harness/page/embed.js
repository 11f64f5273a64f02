/**
 * Page of a shop, for tests: `/embed?business_id=&element=&element=…` mounts each `element` with the SDK.
 *
 * `parent_origin=` mounts a plain iframe instead, whose address claims that origin. `link_token=` is passed to the SDK,
 * `mount=0` only loads the SDK, and `report_to=` posts to that origin, after a bootstrap call of this page, what the page received.
 */

import { originOf } from '../scenarios/origins.js';
import { tapPage } from './tap.js';

const EVENTS = /** @type {const} */ (['initialized', 'authenticated', 'token_refreshed', 'height_change', 'selected', 'error', 'logout_complete', 'ready', 'step', 'dismissed', 'loaderror']);
/** Time during which this page collects messages after its iframes have loaded, a refused document too. */
const LISTEN_MS = 400;
/** How long an iframe may take to load. */
const LOAD_MS = 5_000;
const CHALLENGE = 'A'.repeat(43);

const query = new URLSearchParams(location.search);
const businessId = query.get('business_id') ?? 'bus_demo';
const elements = query.getAll('element');
const target = /** @type {HTMLElement} */ (document.querySelector('#elements'));

window.handles = [];
window.events = [];
window.messages = [];
window.embedded = false;
tapPage((observation) => {
  if (observation.direction === 'received' && observation.via !== 'fetch') window.messages.push(observation);
});

/** @param {string} element */
function mount(element) {
  const options = { businessId, element: /** @type {'auth'} */ (element), target, linkToken: query.get('link_token') };
  const handle = window.Link.mount(options);
  const index = window.handles.push(handle) - 1;
  for (const type of EVENTS) {
    try {
      handle.on(type, (payload) => window.events.push({ index, element, type, payload }));
    } catch {
      // an SDK of an earlier release, which does not know the event
    }
  }
}

/** @param {string} element @param {string} claimedOrigin */
function frame(element, claimedOrigin) {
  const iframe = document.createElement('iframe');
  const address = new URLSearchParams({ business_id: businessId, parent_origin: claimedOrigin, v: '1' });
  iframe.src = `${originOf('link')}/elements/${element}?${address}`;
  iframe.style.width = '100%';
  iframe.style.border = '0';
  target.append(iframe);
}

/** Wait until every iframe has loaded: a document that may speak has spoken by then. */
function framesLoaded() {
  const loads = [...target.querySelectorAll('iframe')].map((iframe) => new Promise((resolve) => { iframe.addEventListener('load', resolve, { once: true }); }));
  return Promise.race([Promise.all(loads), after(LOAD_MS)]);
}

/** @param {number} ms */
function after(ms) {
  return new Promise((resolve) => { setTimeout(resolve, ms); });
}

/** Report what a page outside every allow-list can obtain: the status of a bootstrap call, and the number of messages received. @param {string} listener @param {Promise<unknown>} loaded */
async function report(listener, loaded) {
  const url = `${originOf('link')}/v1/link/elements/bootstrap?business_id=${businessId}`;
  const body = JSON.stringify({ element: 'auth', code_challenge: CHALLENGE });
  const response = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'text/plain' }, body, credentials: 'omit' });
  const { error } = await response.json();
  await loaded;
  await after(LISTEN_MS);
  window.parent.postMessage({ bootstrap: response.status, code: error?.code ?? null, heard: window.messages.length }, listener);
}

const sdk = await import(`${originOf('link')}/elements/sdk/v1.js`);
window.Link = /** @type {import('../sdk.js').Link} */ (sdk.Link);
const claimed = query.get('parent_origin');
if (query.get('mount') !== '0') {
  for (const element of elements.length > 0 ? elements : ['auth']) {
    if (claimed === null) mount(element);
    else frame(element, claimed);
  }
}
window.embedded = true;
const listener = query.get('report_to');
if (listener !== null) await report(listener, framesLoaded());
