/** Time elapsed, whatever happens to the device's clocks. */

/** @typedef {{ monotonic: number, wall: number }} Instant */
/** @typedef {{ now: () => Instant }} Clock */

/**
 * The larger of two measures: the monotonic clock may stop while a device sleeps, the wall clock may be set back.
 * @param {Clock} clock @param {Instant} start
 * @returns {number} ms
 */
export function elapsedMs(clock, start) {
  const { monotonic, wall } = clock.now();
  return Math.max(0, monotonic - start.monotonic, wall - start.wall);
}

/** @typedef {{ from: Instant, ms: number }} Wait */

/** What is left of a wait. @param {Clock} clock @param {Wait | null} wait @returns {number} ms */
export function remainingMs(clock, wait) {
  return wait === null ? 0 : Math.max(0, wait.ms - elapsedMs(clock, wait.from));
}

/** @type {Clock} */
export const systemClock = Object.freeze({ now: () => ({ monotonic: performance.now(), wall: Date.now() }) });
