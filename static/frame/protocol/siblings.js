/**
 * The other elements of this page: frames of our own origin beside this one, for the same business and the same shop.
 * One where the customer signed in by a code signs in the guests. The shop takes no part in it and sees nothing of it.
 *
 * guest → all `seek`; signed in → `here`; guest → it alone `ask` with a new challenge; signed in → it alone `token`.
 * Where the customer signs out: → all `bye`; then nobody hands on, so that a reload of this frame undoes nothing, and
 * who shows the same customer's wallet signs out too.
 */

import { isBootstrapToken, isChallenge, isElement, isRecord, isSmallJson, pick } from '../../sdk/wire.js';
import { remainingMs } from '../session/clock.js';
import { redeem } from './handshake.js';
import { challengeOf, randomText } from '../session/pkce.js';

const NAMESPACE = 'cimplify.link/siblings';
const LONGEST_OWNER = 120;
const CUSTOMER = /^[0-9A-Za-z_]{1,64}$/;
/** One at a time: a guest asks nobody else, and nobody is handed another token, before this is over. */
const HANDOVER_MS = 10_000;

/** @type {Readonly<Record<string, Readonly<Record<string, import('../../sdk/wire.js').Check>>>>} */
const MESSAGES = Object.freeze({
  seek: {},
  here: {},
  bye: { customer: (value) => value === null || (typeof value === 'string' && CUSTOMER.test(value)) },
  ask: { element: isElement, code_challenge: isChallenge },
  token: {
    code_challenge: isChallenge,
    bootstrap_token: isBootstrapToken,
    owner: (value) => typeof value === 'string' && value.length <= LONGEST_OWNER,
  },
});

/** @typedef {import('../../sdk/wire.js').Fields} Fields */
/** @typedef {import('../session/api.js').ApiEnv & { window: Window, crypto: Crypto }} SiblingsEnv */
/** @typedef {{ to: Window, verifier: string, challenge: string, wait: import('../session/clock.js').Wait }} HandoverRequest */
/**
 * @typedef {object} SiblingHooks
 * @property {() => boolean} isIdle whether the customer has begun nothing that signing in would cut off
 * @property {(grant: import('../session/grant.js').Grant, owner: string) => void} onJoined the guest's tokens are replaced
 * @property {() => void} onLeft the customer whom this element shows has signed out in another one
 */

export class Siblings {
  #api;
  #client;
  #env;
  #embedding;
  #hooks;
  /** False from a sign-out here until the customer signs in anew: nothing is taken. */
  #acceptsHandover = true;
  /** False from a sign-out here, or the customer's in any element, until then: nothing is handed on. */
  #offersHandover = true;
  /** Whose wallet this element shows. */
  #owner = '';
  /** @type {HandoverRequest | null} */
  #request = null;
  /** @type {WeakMap<Window, import('../session/clock.js').Wait>} */
  #lastHandovers = new WeakMap();
  #life = new AbortController();

  /**
   * @param {import('../session/api.js').Api} api @param {import('../session/token-client.js').TokenClient} client
   * @param {SiblingsEnv} env @param {import('./embedding.js').Embedding} embedding @param {SiblingHooks} hooks
   */
  constructor(api, client, env, embedding, hooks) {
    this.#api = api;
    this.#client = client;
    this.#env = env;
    this.#embedding = embedding;
    this.#hooks = hooks;
    env.window.addEventListener('message', (event) => this.#onMessage(event));
  }

  /** As a guest: who is signed in? */
  discover() {
    if (this.#mayJoin()) this.#postToAll('seek');
  }

  /** Signed in: guests may ask. @param {string} owner as the customer would say it */
  announce(owner) {
    this.#acceptsHandover = true;
    this.#offersHandover = true;
    this.#owner = owner;
    if (this.#isHost()) this.#postToAll('here');
  }

  /** Signed out here: no sibling may undo that. @param {boolean} isByCustomer not the shop's, who mounts as it likes */
  leave(isByCustomer) {
    this.close();
    this.#acceptsHandover = false;
    this.#offersHandover = false;
    if (isByCustomer) this.#postToAll('bye', { customer: this.#client.session?.customerId ?? null });
  }

  /** Forget every handover that was asked for so far. */
  close() {
    this.#life.abort();
    this.#life = new AbortController();
    this.#request = null;
  }

  #mayJoin() {
    return this.#acceptsHandover && this.#client.session?.state === 'guest' && this.#hooks.isIdle();
  }

  /** What the shop alone vouched for is the shop's to give to the other elements, or not. */
  #isHost() {
    const { session } = this.#client;
    return this.#offersHandover && session?.state === 'authenticated' && session.amr.includes('otp');
  }

  /** @param {MessageEvent} event */
  #onMessage({ origin, source, data }) {
    if (origin !== this.#env.window.location.origin) return;
    const sibling = this.#others().find((frame) => frame === source);
    const message = sibling && readMessage(data);
    if (!sibling || !message || message.business_id !== this.#embedding.businessId || message.parent_origin !== this.#embedding.parentOrigin) return;
    if (message.type === 'seek' && this.#isHost()) this.#post(sibling, 'here');
    if (message.type === 'bye') this.#onBye(message);
    if (message.type === 'here') this.#requestHandover(sibling).catch(() => {}); // it stays the guest it is
    if (message.type === 'ask') void this.#handOver(sibling, message);
    if (message.type === 'token') void this.#join(sibling, message);
  }

  /** What is being handed over belongs to the login that the customer has left. @param {Fields} message */
  #onBye({ customer }) {
    this.close();
    this.#offersHandover = false;
    const { session } = this.#client;
    if (session?.state === 'authenticated' && session.customerId !== null && session.customerId === customer) this.#hooks.onLeft();
  }

  /** @param {Window} to */
  async #requestHandover(to) {
    const { clock, crypto } = this.#env;
    if (!this.#mayJoin() || remainingMs(clock, this.#request && this.#request.wait) > 0) return;
    const request = { to, verifier: randomText(crypto), challenge: '', wait: { from: clock.now(), ms: HANDOVER_MS } };
    this.#request = request;
    request.challenge = await challengeOf(crypto, request.verifier);
    if (this.#request === request) this.#post(to, 'ask', { element: this.#embedding.element, code_challenge: request.challenge });
  }

  /** @param {Window} to @param {Fields} message */
  async #handOver(to, { element, code_challenge }) {
    const { clock } = this.#env;
    if (!this.#isHost() || remainingMs(clock, this.#lastHandovers.get(to) ?? null) > 0) return;
    this.#lastHandovers.set(to, { from: clock.now(), ms: HANDOVER_MS });
    const query = `?${new URLSearchParams({ business_id: this.#embedding.businessId })}`;
    const body = { element, code_challenge };
    // Refused, the sibling stays the guest it was; what that means for this session, the client has told.
    const answer = await this.#client.call((accessToken, signal) => this.#api.post('bootstrap', { query, body, accessToken, signal })).catch(() => null);
    if (answer === null || !this.#isHost()) return;
    this.#post(to, 'token', { code_challenge, bootstrap_token: answer.data?.bootstrap_token, owner: this.#owner });
  }

  /** @param {Window} from @param {Fields} message */
  async #join(from, { code_challenge, bootstrap_token, owner }) {
    const request = this.#request;
    if (request === null || request.to !== from || request.challenge !== code_challenge || !this.#mayJoin()) return;
    request.challenge = ''; // taken once
    /** @type {import('./handshake.js').Redeemable} */
    const redeemable = { bootstrapToken: String(bootstrap_token), via: 'sibling', verifier: request.verifier, key: randomText(this.#env.crypto) };
    // Refused, the guest goes on as before: the customer can sign in by a code.
    const grant = await redeem(this.#api, this.#embedding, redeemable, this.#life.signal).catch(() => null);
    if (!this.#mayJoin() || grant?.session.state !== 'authenticated') return;
    this.#client.drop();
    this.#client.adopt(grant);
    this.#hooks.onJoined(grant, String(owner));
  }

  /** @param {string} type @param {Fields} [fields] */
  #postToAll(type, fields) {
    for (const sibling of this.#others()) this.#post(sibling, type, fields);
  }

  /** Never to the parent: it is no sibling, and another origin gets nothing. @param {Window} to @param {string} type @param {Fields} [fields] */
  #post(to, type, fields = {}) {
    const { businessId, parentOrigin } = this.#embedding;
    to.postMessage({ ns: NAMESPACE, type, business_id: businessId, parent_origin: parentOrigin, ...fields }, this.#env.window.location.origin);
  }

  /** @returns {Window[]} */
  #others() {
    const { window } = this.#env;
    const { frames } = window.parent;
    return Array.from({ length: frames.length }, (_, index) => /** @type {Window} */ (frames[index]))
      .filter((frame) => frame !== window && isOwnOrigin(frame, window.location.origin));
  }
}

/** @param {Window} frame @param {string} origin */
function isOwnOrigin(frame, origin) {
  try {
    return frame.location.origin === origin;
  } catch {
    return false; // another origin's, or gone
  }
}

/** @param {unknown} data @returns {Fields | null} */
function readMessage(data) {
  try {
    if (!isRecord(data) || data.ns !== NAMESPACE || !isSmallJson(data)) return null;
    const { type, business_id, parent_origin } = data;
    const spec = typeof type === 'string' && Object.hasOwn(MESSAGES, type) ? MESSAGES[type] : undefined;
    const fields = spec && pick(spec, data);
    return fields ? { type, business_id, parent_origin, ...fields } : null;
  } catch {
    return null; // a getter may throw at any touch
  }
}
