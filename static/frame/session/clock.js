/** Elapsed time that survives a sleeping device and a changed system clock. */

/** @typedef {{ monotonic: number, wall: number }} Instant */
/** @typedef {{ now: () => Instant }} Clock */

/**
 * Elapsed milliseconds since `start`, the larger of two measurements: the monotonic clock may stop while the device sleeps, and the wall
 * clock may be set back.
 * @param {Clock} clock @param {Instant} start
 * @returns {number} ms
 */
export function elapsedMs(clock, start) {
  const { monotonic, wall } = clock.now();
  return Math.max(0, monotonic - start.monotonic, wall - start.wall);
}

/** @typedef {{ from: Instant, ms: number }} Wait */

/** Remaining milliseconds of a wait. @param {Clock} clock @param {Wait | null} wait @returns {number} ms */
export function remainingMs(clock, wait) {
  return wait === null ? 0 : Math.max(0, wait.ms - elapsedMs(clock, wait.from));
}

/** @type {Clock} */
export const systemClock = { now: () => ({ monotonic: performance.now(), wall: Date.now() }) };
