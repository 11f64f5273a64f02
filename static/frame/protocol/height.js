/** Height of the element: reported to the shop when it changes, at most ten times a second. */

import { after } from '../../sdk/exchange.js';
import { clampHeight } from '../../sdk/wire.js';
import { remainingMs } from '../session/clock.js';

const LEAST_BETWEEN_MS = 100;
/** Heights are rounded up to this step: the exact height would reveal the length of the texts in the card. */
const STEP = 8;

/**
 * Report the height now and after each change, until `signal` aborts.
 * @param {Element} card @param {import('../../sdk/exchange.js').Timers} timers @param {AbortSignal} signal
 * @param {(height: number) => void} tell
 */
export function watchHeight(card, timers, signal, tell) {
  let reported = -1;
  let isResting = false;
  const look = () => {
    const height = heightOf(card);
    if (isResting || height === reported || signal.aborted) return;
    reported = height;
    isResting = true;
    tell(height);
    after(timers, LEAST_BETWEEN_MS, signal, () => {
      isResting = false;
      look();
    });
  };
  const observer = new ResizeObserver(look);
  observer.observe(card);
  signal.addEventListener('abort', () => observer.disconnect());
  look();
}

/** Return a function that measures the card, at most as often as the height is reported. @param {import('../session/clock.js').Clock} clock @returns {(card: Element) => number | null} null when the last measurement is too recent */
export function measuring(clock) {
  /** @type {import('../session/clock.js').Wait | null} */
  let wait = null;
  return (card) => {
    if (remainingMs(clock, wait) > 0) return null;
    wait = { from: clock.now(), ms: LEAST_BETWEEN_MS };
    return heightOf(card);
  };
}

/** @param {Element} card */
function heightOf(card) {
  return clampHeight(Math.ceil(card.getBoundingClientRect().height / STEP) * STEP);
}
