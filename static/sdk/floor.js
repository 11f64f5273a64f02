/** What SDK and frame use beside the syntax of the oldest browsers (`docs/integrate.md#browsers`). Where one is missing, an element says so before it sends anything. */
const NEEDED = ['fetch', 'AbortController', 'MessageChannel', 'ResizeObserver', 'TextEncoder'];

/** @param {any} window of a secure context: others have no `crypto.subtle` */
export function isSupported(window) {
  return Boolean(window.crypto?.subtle) && NEEDED.every((name) => window[name]);
}
