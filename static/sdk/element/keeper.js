/**
 * Keeper of a sign-in: a hidden element, mounted once a customer has signed in inside an element. Frames hand their sessions to each other, so while the
 * page renders the visible elements anew or moves them, this one still has the session for their successors.
 */

import { Abort, after, OVER, settled } from '../exchange.js';

/** Time for which a page without elements keeps its customer: it may show another step of the checkout. */
const ALONE_MS = 300_000;

/** States in which the hidden element has a session, or will have one. @type {unknown[]} */
const LIVING = ['connecting', 'guest', 'authenticated'];
/** States in which an element has no session any more. @type {unknown[]} */
const GONE = ['ended', 'destroyed'];

/** @typedef {import('./handle.js').LinkHandle} LinkHandle */

export class Keeper {
  #env;
  #mount;
  /** What the page has mounted. @type {Set<LinkHandle>} */
  shown = new Set();
  /** @type {LinkHandle | null} */
  #hidden = null;
  /** States in which nothing is left of it to sign out. @type {unknown[]} */
  #over = [];
  /** Where it stands. @type {HTMLElement | null} */
  #place = null;
  #waiting = new Abort();
  /** Sign-outs of hidden elements under way. @type {Set<Promise<unknown>>} */
  #ending = new Set();

  /** @param {{ document: Document } & import('../exchange.js').Timers} env @param {(parent: HTMLElement) => LinkHandle} mount */
  constructor(env, mount) {
    this.#env = env;
    this.#mount = mount;
  }

  /** @param {LinkHandle} handle of a new element */
  add(handle) {
    this.#waiting.abort();
    this.shown.add(handle);
    handle.on('authenticated', () => { // of its own customers the page has the Link token, and signs them in again
      if (handle.isGuest && !LIVING.includes(this.#hidden?.state)) this.#mountHidden();
    });
    handle.on('logout_complete', () => {
      if (![...this.shown].some(({ state }) => state === 'authenticated')) this.#end();
    });
  }

  /** @param {LinkHandle} handle of an element that is gone */
  remove(handle) {
    if (!this.shown.delete(handle) || this.#hidden === null || this.shown.size > 0) return;
    this.#waiting = new Abort();
    after(this.#env, ALONE_MS, this.#waiting.signal, () => this.#end());
  }

  /**
   * Sign every element out. Guests are signed out too where one of them may be about to get another element's session; elsewhere they stay as they are.
   * @returns {Promise<unknown>[]} of each element; one rejects as its `logout()` does, unless its session is over all the same
   */
  logout() {
    const living = [...this.shown].filter(({ state }) => LIVING.includes(state));
    const hasSession = this.#hidden !== null || living.some(({ state }) => state !== 'guest');
    if (this.#hidden !== null && living.length === 0) { // nobody else erases what a reload would keep
      if (this.#hidden.state === 'failed') this.#mountHidden();
      this.#over = GONE;
    }
    const ending = this.#end(); // first, so that it hands its session to none of the others
    return [...ending, ...(hasSession ? living : []).map((handle) => leave(handle, GONE))];
  }

  /** Where nobody is signed in, a hidden element reaches what another page would sign in again, to end it. */
  reach() {
    if (LIVING.includes(this.#hidden?.state) || [...this.shown].some(({ state }) => state === 'authenticated')) return;
    this.#mountHidden();
    this.#over = GONE;
  }

  #mountHidden() {
    this.#end();
    this.#over = [...GONE, 'failed'];
    const { document } = this.#env;
    this.#place = document.createElement('div');
    this.#place.style.cssText = 'display:none!important'; // whatever the page's style sheets say of a `div`
    document.documentElement.append(this.#place); // pages replace their whole body, too
    this.#hidden = this.#mount(this.#place);
  }

  /** Its session is revoked first, so that nobody is signed in by it any more. @returns {Set<Promise<unknown>>} every end under way */
  #end() {
    this.#waiting.abort(OVER);
    const [hidden, place] = [this.#hidden, this.#place];
    if (hidden === null) return this.#ending;
    this.#hidden = null;
    const ending = leave(hidden, this.#over).finally(() => {
      this.#ending.delete(ending);
      hidden.destroy();
      place?.remove();
    });
    ending.catch(() => {}); // told to who asks for it
    this.#ending.add(ending);
    return this.#ending;
  }
}

/** @param {LinkHandle} handle @param {unknown[]} over states in which nothing is left to sign out, whatever became of the command */
async function leave(handle, over) {
  try {
    await handle.logout();
  } catch (error) {
    if (!over.includes(handle.state)) throw error;
  }
}

/** Sign out everywhere in the page. @param {Iterable<Keeper>} keepers @returns {Promise<void>} rejects with the first failure, after all have ended or failed */
export async function logoutAll(keepers) {
  const endings = [...keepers].flatMap((keeper) => keeper.logout());
  await Promise.all(endings.map(settled)); // a shop's own `Promise` may lack `allSettled`
  await Promise.all(endings);
}
