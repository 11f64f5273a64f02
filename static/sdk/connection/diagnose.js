/** Diagnosis of a blank element: asks a test deployment for the reason, for the console of the shop's developer. */

import { fetchOnce, Unreachable } from '../exchange.js';
import { originOf } from '../page-origin.js';
import { isRecord } from '../wire.js';

const LONGEST_MESSAGE = 400;
const AROUND_THE_PAGE = 'This page may embed it; a page around this one must be in the allow-list too.';

/**
 * @param {{ elementsOrigin: string, businessId: string, element: string }} options
 * @param {import('../exchange.js').NetworkEnv & { window: Window }} env @param {AbortSignal} signal
 * @returns {Promise<string | null>} text for the console; null when no reason is available
 */
export async function diagnose({ elementsOrigin, businessId, element }, env, signal) {
  const url = `${elementsOrigin}/v1/link/elements/diagnose?business_id=${encodeURIComponent(businessId)}`;
  const body = JSON.stringify({ element, parent_origin: originOf(env.window) });
  try {
    const answer = await fetchOnce(env, url, { headers: { 'Content-Type': 'text/plain' }, body, credentials: 'omit', redirect: 'error' }, signal);
    const reasons = reasonsOf(answer.body);
    if (answer.status !== 200 || reasons === null) return null;
    const why = reasons.length > 0 ? reasons.join(' ') : AROUND_THE_PAGE;
    return `Cimplify Link: the ${element} element is not shown. ${why} See docs/integrate.md on embed_blocked.`;
  } catch (error) {
    if (signal.aborted || error instanceof Unreachable) return null;
    throw error;
  }
}

/** Messages of the failed checks; null when the answer has another shape. @param {unknown} body @returns {string[] | null} */
function reasonsOf(body) {
  if (!isRecord(body) || !isRecord(body.data) || !Array.isArray(body.data.checks)) return null;
  const failed = body.data.checks.filter((check) => isRecord(check) && check.ok === false);
  return failed.map(({ message }) => String(message).slice(0, LONGEST_MESSAGE));
}
