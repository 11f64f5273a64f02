/** Fake page of a shop with several frames, each of which sees the others as windows. */

import { bridge, frame } from './fake-frame.js';
import { FakeTime, messageEvent } from './fakes.js';

/** @typedef {{ from: any, to: any, data: any, targetOrigin: string }} Posted */

export class FakePage {
  time = new FakeTime();
  /** @type {any[]} */
  windows = [];
  /** Messages between frames. @type {Posted[]} */
  posted = [];
  network;
  /** @type {Map<any, Map<any, object>>} */
  #seen = new Map();

  /** @param {import('./fake-frame.js').Answers} [answers] */
  constructor(answers = {}) {
    this.network = bridge(answers);
  }

  /** @param {any} window */
  add(window) {
    this.windows.push(window);
    this.#seen.set(window, new Map());
  }

  /** Add a frame of another origin: its location cannot be read. */
  addForeign() {
    const foreign = Object.defineProperty(new EventTarget(), 'location', { get: () => { throw new Error('SecurityError'); } });
    this.add(foreign);
    return foreign;
  }

  /** @param {import('./fake-frame.js').FrameOptions} [options] */
  frame(options = {}) {
    return frame({}, { ...options, page: this });
  }

  /** Frames of the page, as one of them sees them. @param {any} viewer */
  seenBy(viewer) {
    return this.windows.map((window) => (window === viewer ? viewer : this.#see(viewer, window)));
  }

  /** @param {any} from @param {any} to @param {unknown} data @param {string} targetOrigin */
  post(from, to, data, targetOrigin, origin = from.location.origin) {
    this.posted.push({ from, to, data, targetOrigin });
    if (to.location.origin !== targetOrigin) return;
    queueMicrotask(() => this.receive(from, to, structuredClone(data), origin));
  }

  /** @param {any} from @param {any} to @param {unknown} data passed unchanged, also values that no browser would clone */
  receive(from, to, data, origin = from.location.origin) {
    to.dispatchEvent(messageEvent({ source: this.#see(to, from), origin, data }));
  }

  /** @param {any} viewer @param {any} window */
  #see(viewer, window) {
    const seen = this.#seen.get(viewer);
    if (seen && !seen.has(window)) {
      seen.set(window, {
        get location() { return window.location; },
        postMessage: (/** @type {unknown} */ data, /** @type {string} */ targetOrigin) => this.post(viewer, window, data, targetOrigin),
      });
    }
    return seen?.get(window);
  }
}
