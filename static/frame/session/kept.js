/**
 * What a tab keeps of a sign-in, so that a reload of the shop's page goes on with it: the refresh token in sessionStorage, and in IndexedDB the key that
 * the token is bound to. Each is of no use without the other. Frames load this file where the shop wants it, and do without where a store throws.
 *
 * A token is spent by one document at a time, which holds its lock: a duplicated tab has a copy of sessionStorage, and two documents that refresh the
 * same token look like a thief and his victim.
 */

import { isAnswer } from './is-answer.js';
import { randomText } from './pkce.js';
import { KeptKeys } from './kept-keys.js';

const PREFIX = 'cimplify.link';
/** The document before this one lets go of its lock a moment after this one begins. */
const LONGEST_CLAIM_MS = 500;
/** A store that answers nothing must not keep the customer from signing in. */
const LONGEST_TAKE_MS = 2_000;
/** A session without a refresh for so long has ended. */
const UNUSED_MS = 43_200_000;

/** @typedef {{ id: string, token: string, spentBy: string | null, owner: string, turn: number }} Entry `spentBy`: the idempotency key of the refresh in flight; `turn` counts the tokens */
/** @typedef {{ token: string, spentBy: string, owner: string, proofKey: import('./dpop.js').Key }} Held */
/** @typedef {import('./grant.js').Grant} Grant */
/** @typedef {{ grant: Grant, owner: string }} Resumed `owner`: name of the wallet's owner, as shown to the customer */
/** @typedef {{ sessionStorage: Storage, indexedDB: IDBFactory, navigator: { locks: LockManager }, crypto: Crypto, setTimeout: (task: () => void, ms: number) => any, clearTimeout: (id: any) => void }} Stores a window, of which each part may throw or be missing */

export class Kept {
  #window;
  #now;
  #shop;
  #name;
  /** What is kept of this document's session. @type {Entry | null} */
  #entry = null;
  /** Newest token of this document, and the key of the refresh that spends it. */
  #told = { token: '', spentBy: /** @type {string | null} */ (null) };
  /** The lock that this document holds. @type {{ id: string, release: () => void } | null} */
  #lock = null;
  #mayKeep = true;
  /** Counts the times at which all was forgotten. */
  #forgotten = 0;
  /** Set while the page is away, in the back/forward cache. @type {((isOurs: boolean | Promise<boolean>) => void) | null} */
  #onBack = null;

  /** @param {Stores} window @param {() => number} now ms since 1970 @param {string} shop business and origin: nothing is found under another @param {string} element */
  constructor(window, now, shop, element) {
    this.#window = window;
    this.#now = now;
    this.#shop = `${PREFIX} ${shop} `;
    this.#name = this.#shop + element;
  }

  /**
   * Go on with what an earlier document of this tab kept.
   * @param {boolean} mayKeep false where the shop vouches for its customer: it then says itself who is signed in, now and from now on
   * @param {{ refresh: (held: Held) => Promise<Grant>, giveUp: () => void }} by `giveUp` is called where the key that `refresh` has used is of no use any more
   * @returns {Promise<Resumed | null>} null where nothing is kept, or its session has ended; rejects where the network fails
   */
  async resume(mayKeep, { refresh, giveUp }) {
    this.#mayKeep = mayKeep;
    if (!mayKeep) this.forget();
    const held = await this.#heldInTime();
    if (held === null) return null;
    try {
      const grant = await refresh(held);
      if (grant.session.state === 'authenticated') return { grant, owner: held.owner };
    } catch (error) {
      if (!isAnswer(error)) throw error;
    }
    this.drop();
    giveUp();
    return null;
  }

  /** Keep this document's session from now on, if its customer signed in by a code; resolves once a reload finds it, or after a moment. @param {import('./grant.js').Session | null} session @param {string} owner name of the owner, as shown to the customer @param {Promise<import('./dpop.js').Key> | null} key of its proofs */
  async keep(session, owner, key) {
    if (this.#mayKeep && session?.isBound && session.amr.includes('otp')) await this.#within(LONGEST_TAKE_MS, () => this.#keep(owner, key));
  }

  /** The session has this token now, or spends it in a refresh. @param {string} token @param {string | null} spentBy idempotency key of that refresh */
  tell(token, spentBy) {
    this.#told = { token, spentBy };
    if (this.#entry === null) return;
    try {
      const { id, turn } = this.#entry;
      if (!this.#isKeeping()) {
        this.#entry = null;
        return;
      }
      const isNew = token !== this.#entry.token;
      this.#write({ ...this.#entry, ...this.#told, turn: isNew ? turn + 1 : turn });
      if (isNew) void this.#turn(id, turn + 1);
    } catch {
      this.drop();
    }
  }

  /** The customer signed out, by whatever way: forget what every element of this shop has kept, in each tab. */
  forget() {
    this.#forgotten += 1;
    this.drop();
    try {
      const { sessionStorage } = this.#window;
      for (const name of Object.keys(sessionStorage)) if (name.startsWith(this.#shop)) sessionStorage.removeItem(name);
      this.#keys.forget(this.#shop).catch(() => {});
    } catch {
      // nothing was kept where a store throws
    }
  }

  /** This element's session is over. */
  drop() {
    const id = this.#entry?.id;
    this.#entry = null;
    this.#release();
    try {
      if (this.#read()?.id === id) this.#window.sessionStorage.removeItem(this.#name);
      if (id !== undefined) this.#keys.forget(id).catch(() => {});
    } catch {
      // as above
    }
  }

  /** The page goes, and may come back from the back/forward cache: meanwhile another page of this tab may go on with the session. @returns {Promise<boolean> | null} once it is back, whether the session is still this document's; null where nothing is kept */
  sleep() {
    if (this.#entry === null) return null;
    this.#release();
    return new Promise((resolve) => { this.#onBack = resolve; });
  }

  /** The page may be back. */
  back() {
    this.#onBack?.(this.#isStillOurs().catch(() => false));
    this.#onBack = null;
  }

  get #keys() {
    return new KeptKeys(this.#window.indexedDB);
  }

  /** @returns {Promise<Held | null>} null where nothing is kept, or not for this document */
  async #heldInTime() {
    try {
      const entry = this.#read();
      return entry && (await this.#within(LONGEST_TAKE_MS, (isLate) => this.#take(entry, isLate)));
    } catch {
      return null;
    }
  }

  async #isStillOurs() {
    const entry = this.#entry;
    if (entry === null || !(await this.#hold(entry.id))) return false;
    if (this.#isKeeping() && this.#read()?.token === entry.token) return true;
    this.#entry = null; // the newest token is in the store, where this document takes it over like any other
    return false;
  }

  /** @param {Entry} entry @param {() => boolean} isLate whether this document went on without it, and has a session of its own @returns {Promise<Held | null>} */
  async #take(entry, isLate) {
    this.#entry = null;
    if (!(await this.#hold(entry.id))) return null;
    const kept = await this.#keys.get(entry.id);
    if (isLate()) {
      if (this.#lock?.id === entry.id) this.#release();
      return null;
    }
    if (kept === undefined || kept.turn > entry.turn) { // signed out in another tab; or the copy of a tab that went on without this one
      this.#release();
      this.#window.sessionStorage.removeItem(this.#name);
      return null;
    }
    const { token, owner } = entry;
    const spentBy = entry.spentBy ?? randomText(this.#window.crypto);
    this.#told = { token, spentBy };
    this.#write({ ...entry, spentBy });
    return { token, spentBy, owner, proofKey: kept.proofKey };
  }

  /** @param {string} owner @param {Promise<import('./dpop.js').Key> | null} key */
  async #keep(owner, key) {
    const forgotten = this.#forgotten;
    try {
      const proofKey = await key;
      if (proofKey === null) return;
      if (this.#isKeeping()) {
        this.#write({ .../** @type {Entry} */ (this.#entry), owner });
        return;
      }
      const id = this.#shop + randomText(this.#window.crypto);
      if (!(await this.#hold(id))) return;
      await this.#keys.add(id, { proofKey, turn: 0, usedAt: this.#now() }, this.#now() - UNUSED_MS);
      if (forgotten === this.#forgotten) this.#write({ id, owner, turn: 0, ...this.#told });
      else await this.#keys.forget(id);
    } catch {
      this.drop(); // a store that throws: the customer signs in again after a reload, as elsewhere
    }
  }

  /** @param {string} id @param {number} turn */
  async #turn(id, turn) {
    const isThere = await this.#keys.change(id, { turn, usedAt: this.#now() }).catch(() => false);
    if (!isThere && this.#entry?.id === id) this.drop(); // a sign-out in another tab has erased it
  }

  /** Whether the store has what this document keeps: a sign-out in this tab erases it, and another element of this kind may keep its own. */
  #isKeeping() {
    return this.#entry !== null && this.#read()?.id === this.#entry.id;
  }

  /** @returns {Entry | null} */
  #read() {
    const text = this.#window.sessionStorage.getItem(this.#name);
    return text === null ? null : JSON.parse(text);
  }

  /** @param {Entry} entry */
  #write(entry) {
    this.#window.sessionStorage.setItem(this.#name, JSON.stringify(entry));
    this.#entry = entry;
  }

  /** Hold an entry's lock until the page goes. @param {string} id @returns {Promise<boolean>} false where another document has it */
  #hold(id) {
    if (this.#lock?.id === id) return Promise.resolve(true);
    this.#release();
    const waiting = new AbortController();
    const timer = this.#window.setTimeout(() => waiting.abort(), LONGEST_CLAIM_MS);
    return new Promise((resolve) => {
      const hold = () => new Promise((/** @type {(value?: unknown) => void} */ release) => {
        this.#window.clearTimeout(timer);
        this.#lock = { id, release };
        resolve(true);
      });
      this.#window.navigator.locks.request(id, { signal: waiting.signal }, hold).catch(() => resolve(false));
    });
  }

  #release() {
    this.#lock?.release();
    this.#lock = null;
  }

  /** @template T @param {number} ms @param {(isLate: () => boolean) => Promise<T>} task @returns {Promise<T | null>} null after `ms` */
  #within(ms, task) {
    let isLate = false;
    return new Promise((resolve, reject) => {
      const timer = this.#window.setTimeout(() => {
        isLate = true;
        resolve(null);
      }, ms);
      task(() => isLate).finally(() => this.#window.clearTimeout(timer)).then(resolve, reject);
    });
  }
}
