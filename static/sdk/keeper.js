/**
 * Keeper of a sign-in: a hidden element, mounted once a customer has signed in inside an element. Frames hand their sessions to each other, so while the
 * page renders the visible elements anew or moves them, this one still has the session for their successors.
 */

import { after } from './exchange.js';

/** Time for which a page without elements keeps its customer: it may show another step of the checkout. */
const ALONE_MS = 300_000;

/** States in which the hidden element has a session, or will have one. @type {unknown[]} */
const LIVING = ['connecting', 'guest', 'authenticated'];

/** @typedef {import('./handle.js').LinkHandle} LinkHandle */

export class Keeper {
  #env;
  #mount;
  /** @type {Set<LinkHandle>} */
  #shown = new Set();
  /** @type {LinkHandle | null} */
  #hidden = null;
  /** Where it stands. @type {HTMLElement | null} */
  #place = null;
  #waiting = new AbortController();

  /** @param {{ document: Document } & import('./exchange.js').Timers} env @param {(parent: HTMLElement) => LinkHandle} mount */
  constructor(env, mount) {
    this.#env = env;
    this.#mount = mount;
  }

  /** @param {LinkHandle} handle of a new element */
  add(handle) {
    this.#waiting.abort();
    this.#shown.add(handle);
    let isGuest = false; // the page signs its own customers in again, by their Link token
    handle.on('initialized', ({ state }) => { isGuest = state === 'guest'; });
    handle.on('authenticated', () => {
      if (isGuest && !LIVING.includes(this.#hidden?.state)) this.#mountHidden();
    });
    handle.on('logout_complete', () => {
      if (![...this.#shown].some(({ state }) => state === 'authenticated')) this.#end();
    });
  }

  /** @param {LinkHandle} handle of an element that is gone */
  remove(handle) {
    if (!this.#shown.delete(handle) || this.#hidden === null || this.#shown.size > 0) return;
    this.#waiting = new AbortController();
    after(this.#env, ALONE_MS, this.#waiting.signal, () => this.#end());
  }

  #mountHidden() {
    this.#end();
    const { document } = this.#env;
    this.#place = document.createElement('div');
    this.#place.style.display = 'none';
    document.documentElement.append(this.#place); // pages replace their whole body, too
    this.#hidden = this.#mount(this.#place);
  }

  /** Its session is revoked first, so that nobody is signed in by it any more. */
  #end() {
    const [hidden, place] = [this.#hidden, this.#place];
    this.#hidden = null;
    hidden?.logout().catch(() => {}).then(() => {
      hidden.destroy();
      place?.remove();
    });
  }
}
