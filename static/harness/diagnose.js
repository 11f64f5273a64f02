/**
 * Page `/diagnose`: asks the bridge why an element would stay blank in a page of this origin, and shows each check.
 *
 * `?business_id=&element=&parent_origin=` runs the checks at once, so that a result can be shared as a link.
 */

import { byId, el } from './views/dom.js';
import { originOf } from './scenarios/origins.js';

const HOSTS = /** @type {const} */ (['shop', 'other', 'evil']);
const DEFAULT_BUSINESS = 'bus_demo';
/** @typedef {{ name: string, ok: boolean, message: string }} Check */

const form = /** @type {HTMLFormElement} */ (byId('ask'));
const button = /** @type {HTMLButtonElement} */ (form.querySelector('button'));
const asked = new URLSearchParams(location.search);

/** @param {'business' | 'element' | 'parent'} id */
function field(id) {
  return /** @type {HTMLInputElement} */ (byId(id));
}

/** Send the request like a merchant's page: without a CORS preflight, and with the Origin header that the browser sets. @returns {Promise<Check[]>} */
async function diagnose() {
  const url = `${originOf('link')}/v1/link/elements/diagnose?business_id=${encodeURIComponent(field('business').value)}`;
  const parent = field('parent').value;
  const body = JSON.stringify({ element: field('element').value, ...(parent === '' ? {} : { parent_origin: parent }) });
  const response = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'text/plain' }, body, credentials: 'omit' });
  const { data, error } = await response.json();
  return data?.checks ?? [{ name: error.code, ok: false, message: error.message }];
}

/** Directives of this page's policy that stopped a call. @type {string[]} */
const blocked = [];
document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) => blocked.push(effectiveDirective));

/** What the page itself sees; the bridge cannot. @returns {Check[]} */
function pageChecks() {
  if (window.isSecureContext) return [];
  return [{ name: 'secure_context', ok: false, message: 'This page is not https, so no element starts (insecure_context): serve it over https. http://localhost works for test businesses.' }];
}

/** Why there was no answer. A call is rejected before the policy's event is told. @returns {Promise<Check>} */
async function silence() {
  await new Promise((resolve) => { setTimeout(resolve); });
  if (blocked.length > 0) return { name: 'page_csp', ok: false, message: `This page's Content-Security-Policy lacks ${blocked.at(-1)} ${originOf('link')} (merchant_csp): add it, and frame-src and script-src of that origin too.` };
  if (window.origin === 'null') return { name: 'page_origin', ok: false, message: 'This page has no origin: it is sandboxed, or a file: or data: page. Serve it over https, and give a sandbox `allow-same-origin`.' };
  return { name: 'no_answer', ok: false, message: `${originOf('link')} gave no answer that this page may read: see that it is running and serves test mode, and that no extension or network blocks it.` };
}

/** @param {Check} check */
function lineOf({ name, ok, message }) {
  const line = el('li', ok ? 'pass' : 'fail', el('span', 'mark', ok ? '✓' : '✗'), el('b', '', name), el('p', '', message));
  line.dataset.check = name;
  return line;
}

async function show() {
  const outcome = byId('outcome');
  button.disabled = true;
  outcome.textContent = '';
  delete outcome.dataset.state;
  /** @type {Check[]} */
  let checks;
  try {
    checks = [...pageChecks(), ...(await diagnose())];
  } catch {
    checks = [...pageChecks(), await silence()];
  }
  const isAllowed = checks.every(({ ok }) => ok);
  byId('found').replaceChildren(...checks.map(lineOf));
  outcome.textContent = isAllowed ? 'it may embed' : 'it stays blank';
  outcome.dataset.state = isAllowed ? 'pass' : 'fail';
  button.disabled = false;
}

byId('origin').textContent = window.origin;
for (const host of HOSTS) {
  const link = el('a', '', originOf(host).replace(/^https?:\/\//, ''));
  link.href = `${originOf(host)}/diagnose`;
  const chip = el('li', 'chip of-shop', link);
  if (originOf(host) === window.origin) chip.setAttribute('aria-current', 'page');
  byId('hosts').append(chip);
}
field('business').value = asked.get('business_id') ?? DEFAULT_BUSINESS;
field('element').value = asked.get('element') ?? 'payment';
field('parent').value = asked.get('parent_origin') ?? window.origin;
form.addEventListener('submit', (event) => {
  event.preventDefault();
  void show();
});
if (asked.has('business_id')) void show();
