/** Rules that hold in every scenario: a refused call and an error of the element end the run at once, unless the scenario is about them. */

/** @typedef {import('./steps.js').Step} Step */
/** @typedef {import('./steps.js').Entry} Entry */

const API = /^\/v1\/link\/(?:elements\/)?/;
/** Errors after which the frame repeats its call once by itself. */
const REPEATED = new Set(['USE_DPOP_NONCE', 'INVALID_DPOP_PROOF']);
/** What is expected of each route; a scenario may say it in its own words. @type {Readonly<Record<string, string>>} */
const EXPECTED = Object.freeze({
  document: 'the shop’s page may frame the element',
  bootstrap: 'the shop’s page gets a bootstrap token',
  init: 'the frame redeems the bootstrap token, and has a session',
  refresh: 'a live session is refreshed',
  'request-otp': 'a code goes out to a contact that was not asked for in the last 30 seconds',
  'verify-otp': 'the code of a message is taken for ten minutes, until it is used',
  logout: 'a live session ends when its customer leaves',
  'auth/request-otp': 'a code goes out to a customer on the shop’s page',
  'auth/verify-otp': 'the code of a message signs the customer in on the shop’s page',
  'auth/refresh': 'a live login is refreshed by its cookie',
});

/**
 * Return the step by which the run has failed, if any: a refused call before an error that only follows from it.
 * @param {readonly Step[]} steps of the run @param {(step: Step) => boolean} isPart whether a refusal belongs to the scenario
 * @returns {Step | null}
 */
export function brokenStep(steps, isPart) {
  const broken = steps.filter((step, index) => isRefusal(step) && !isRepeated(step, steps.slice(0, index)) && !isSlip(step) && !isPart(step));
  return broken.find(({ entry }) => entry !== undefined) ?? broken[0] ?? null;
}

/** What came, and what should have come. @param {Step} step @param {Readonly<Record<string, string>>} rules of the scenario, by route */
export function brokenText(step, rules) {
  const { entry, label, result } = step;
  if (entry === undefined) return `${label}${result ? `: ${result}` : ''}. Expected: the element goes on without an error.`;
  const route = routeOf(entry);
  const came = entry.error ?? (route === 'document' ? `frame-ancestors ${entry.frame_ancestors}` : '');
  return `${label}: ${entry.status} ${came}. Expected: ${rules[route] ?? EXPECTED[route] ?? 'the call is answered'}.`;
}

/** Whether a call was refused with this error. @param {Step} step @param {string} route @param {readonly string[]} errors */
export function isRefused({ entry }, route, errors) {
  return entry !== undefined && routeOf(entry) === route && errors.includes(String(entry.error));
}

/** The bridge answers for its calls of the auth service, which are notes here. @param {Step} step */
function isRefusal({ kind, from, label, outcome, entry }) {
  const hasEnded = kind === 'port' && from === 'frame' && label === 'logout_complete';
  return hasEnded || (outcome === 'refused' && !(kind === 'note' && entry !== undefined));
}

/** @param {Step} step @param {readonly Step[]} before */
function isRepeated({ entry }, before) {
  if (entry === undefined || !REPEATED.has(String(entry.error))) return false;
  return !before.some(({ entry: earlier }) => earlier?.path === entry.path && earlier.error === entry.error);
}

/** A person who mistypes breaks no rule: no message carried that code. @param {Step} step */
function isSlip(step) {
  return isRefused(step, 'verify-otp', ['OTP_INVALID']) && step.entry?.code_of?.length === 0;
}

/** @param {Entry} entry */
function routeOf({ path, sec_fetch_dest: destination }) {
  return destination === 'iframe' ? 'document' : path.replace(API, '');
}
