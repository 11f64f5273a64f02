/** Keeps in sight what the customer has opened, where there is little room, as at 400 % zoom. */

/** A label, a field and two rows of a list: with fewer nobody sees that it is one. */
const LEAST_PX = 200;
/** Until the iframe has its new height, and a frame of another process is told what of it is seen. */
const SETTLED_MS = 250;

/**
 * Scroll a part into sight, and then make it lower, if the shop's window is lower than it. A frame does not know that window: an observer tells how
 * much of the part is seen. The shop's page moves for what the customer has just opened, and at no key after.
 * @param {HTMLElement} part @param {AbortSignal} signal
 * @returns {Promise<boolean>} whether the part is lower now
 */
export async function keepInSight(part, signal) {
  for (const isLower of [false, true]) {
    await new Promise((resolve) => setTimeout(resolve, SETTLED_MS));
    const { whole, seen } = await heightsOf(part);
    if (signal.aborted || whole - seen < 1) return false;
    if (isLower) part.style.maxHeight = `${Math.max(LEAST_PX, seen)}px`;
    part.scrollIntoView({ block: 'nearest', behavior: 'instant' });
  }
  return true;
}

/** @param {HTMLElement} part @returns {Promise<{ whole: number, seen: number }>} pixels of its height, and those in sight of both the frame and the shop's window */
function heightsOf(part) {
  return new Promise((resolve) => {
    if (!window.IntersectionObserver) return resolve({ whole: 0, seen: 0 });
    const observer = new IntersectionObserver(([entry]) => {
      observer.disconnect();
      resolve({ whole: entry?.boundingClientRect.height ?? 0, seen: entry?.intersectionRect.height ?? 0 });
    });
    observer.observe(part);
  });
}
