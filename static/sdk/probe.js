/** Probe: a request that any origin may read and no cache keeps tells whether the service answers. */

import { fetchOnce, sleep, Unreachable } from './exchange.js';

/** Our own script. */
export const SDK_PATH = '/elements/sdk/v1.js';
/** @type {RequestInit} */
const REQUEST = { method: 'HEAD', cache: 'no-store', credentials: 'omit', mode: 'cors' };

/** @typedef {'merchant_csp' | 'network' | 'offline'} Obstacle */

/**
 * @param {import('./exchange.js').NetworkEnv} env @param {string} url @param {AbortSignal} signal
 * @param {() => boolean} [isBlockedByPolicy] whether the page's own CSP has refused a call
 * @returns {Promise<Partial<import('./exchange.js').Answer> & { obstacle: Obstacle | null }>} `obstacle` is null when the service answers
 */
export async function probe(env, url, signal, isBlockedByPolicy = () => false) {
  try {
    const answer = await fetchOnce(env, url, REQUEST, signal);
    const isOurs = answer.status < 300 && !answer.headers.get('Content-Type')?.includes('html'); // both answers that are asked for here, and no limit holds for them
    return { ...answer, obstacle: isOurs ? null : 'network' };
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    await sleep(env, 0, signal); // CSP: the fetch rejects one task before its `securitypolicyviolation` event
    if (isBlockedByPolicy()) return { obstacle: 'merchant_csp' };
    return { obstacle: env.isOnline() ? 'network' : 'offline' };
  }
}
