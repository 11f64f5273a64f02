/** How tall the element is, told to the shop when it changes and not more often than it can use. */

import { after } from '../sdk/exchange.js';
import { clampHeight } from '../sdk/wire.js';

const LEAST_BETWEEN_MS = 100;

/**
 * @param {Element} card @param {import('../sdk/exchange.js').Timers} timers @param {AbortSignal} signal
 * @param {(height: number) => void} tell
 */
export function watchHeight(card, timers, signal, tell) {
  let told = -1;
  let isResting = false;
  const look = () => {
    const height = heightOf(card);
    if (isResting || height === told || signal.aborted) return;
    told = height;
    isResting = true;
    tell(height);
    after(timers, LEAST_BETWEEN_MS, signal, () => {
      isResting = false;
      look();
    });
  };
  const observer = new ResizeObserver(look);
  observer.observe(card);
  signal.addEventListener('abort', () => observer.disconnect(), { once: true });
  look();
}

/** @param {Element} card */
export function heightOf(card) {
  return clampHeight(card.getBoundingClientRect().height);
}
