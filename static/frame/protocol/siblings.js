/**
 * Sibling elements: frames of our own origin beside this one on the shop's page, for the same business and shop.
 * A sibling where the customer signed in by a code signs the guests in too. The shop takes no part and sees none of these messages.
 *
 * A guest posts `seek` to all; a signed-in sibling answers `here`; the guest posts `ask` with a new challenge to that sibling,
 * which answers `token`, a bootstrap token for that challenge. A customer's sign-out posts `bye` to all: from then on no sibling
 * hands a session over, so that a reload of the frame does not sign the customer in again, and the siblings that show the same customer sign out too.
 */

import { Abort } from '../../sdk/exchange.js';
import { hasOwn, isBootstrapToken, isChallenge, isElement, isRecord, isSmallJson, pick } from '../../sdk/wire.js';
import { remainingMs } from '../session/clock.js';
import { redeem } from './handshake.js';
import { challengeOf, randomText } from '../session/pkce.js';

const NAMESPACE = 'cimplify.link/siblings';
const LONGEST_OWNER = 120;
const CUSTOMER = /^[0-9A-Za-z_]{1,64}$/;
/** Time for one handover. Until it is over, a guest asks no other sibling, and a sibling hands the same guest no second token. */
const HANDOVER_MS = 10_000;

/** @type {Readonly<Record<string, Readonly<Record<string, import('../../sdk/wire.js').Check>>>>} */
const MESSAGES = {
  seek: {},
  here: {},
  bye: { customer: (value) => value === null || (typeof value === 'string' && CUSTOMER.test(value)) },
  ask: { element: isElement, code_challenge: isChallenge },
  token: {
    code_challenge: isChallenge,
    bootstrap_token: isBootstrapToken,
    owner: (value) => typeof value === 'string' && value.length <= LONGEST_OWNER,
  },
};

/** @typedef {import('../../sdk/wire.js').Fields} Fields */
/** @typedef {import('../session/api.js').ApiEnv & { window: Window, crypto: Crypto, loadBeside: () => Promise<unknown> }} SiblingsEnv */
/** @typedef {{ to: Window, verifier: string, challenge: string, wait: import('../session/clock.js').Wait }} HandoverRequest */
/**
 * @typedef {object} SiblingHooks
 * @property {() => boolean} isIdle whether the customer has started nothing that a sign-in by a sibling would interrupt
 * @property {(grant: import('../session/grant.js').Grant, owner: string) => void} onJoined the guest's tokens have been replaced by those of the sibling's customer
 * @property {() => void} onLeft the customer shown in this element has signed out in another element
 */

export class Siblings {
  #api;
  #client;
  #env;
  #embedding;
  #hooks;
  /** Whether a guest accepts a session from a sibling: not after a sign-out here, until the customer signs in again here. */
  #acceptsHandover = true;
  /** Whether this element hands its session over: not after a sign-out here, nor after one by the customer in any element. */
  #offersHandover = true;
  /** Name of the wallet's owner, as shown to the customer. */
  #owner = '';
  /** @type {HandoverRequest | null} */
  #request = null;
  /** @type {WeakMap<Window, import('../session/clock.js').Wait>} */
  #lastHandovers = new WeakMap();
  #life = new Abort();

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

  /** Ask the siblings of a guest who is signed in. */
  discover() {
    if (this.#mayJoin()) this.#postToAll('seek');
  }

  /** Tell the siblings that this element is signed in and can hand its session over. @param {string} owner name of the owner, as shown to the customer */
  announce(owner) {
    this.#acceptsHandover = true;
    this.#offersHandover = true;
    this.#owner = owner;
    this.#env.window.document.documentElement.toggleAttribute('data-host', this.#isHost()); // read by the guests beside it (`beside/folding.js`)
    this.meet();
    if (this.#isHost()) this.#postToAll('here');
  }

  /** Sign out here: no sibling may sign this element in again. @param {boolean} isByCustomer false for the shop's own sign-out, which concerns this element alone */
  leave(isByCustomer) {
    this.close();
    this.#acceptsHandover = false;
    this.#offersHandover = false;
    if (isByCustomer) this.#postToAll('bye', { customer: this.#client.session?.customerId ?? null });
  }

  /** Load what an element does beside others, where there are some. */
  meet() {
    return this.#others()[0] && this.#env.loadBeside();
  }

  /** Abort the handover in progress, if any. */
  close() {
    this.#life.abort();
    this.#life = new Abort();
    this.#request = null;
  }

  #mayJoin() {
    return this.#acceptsHandover && this.#client.session?.state === 'guest' && this.#hooks.isIdle();
  }

  /** Whether this element may sign siblings in. A session that the shop vouched for, without a code, is not handed over: the shop decides for each element itself. */
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
    this.meet();
    if (message.type === 'seek' && this.#isHost()) this.#post(sibling, 'here');
    if (message.type === 'bye') this.#onBye(message);
    if (message.type === 'here') this.#requestHandover(sibling).catch(() => {}); // on an error this element stays a guest
    if (message.type === 'ask') void this.#handOver(sibling, message);
    if (message.type === 'token') void this.#join(sibling, message);
  }

  /** Abort a handover in progress: it belongs to the login that the customer has just ended. @param {Fields} message */
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
    // On an error the sibling stays a guest; what the error means for this session, the token client has reported.
    const answer = await this.#client.call((accessToken, signal) => this.#api.post('bootstrap', { query, body, accessToken, signal })).catch(() => null);
    if (answer === null || !this.#isHost()) return;
    this.#post(to, 'token', { code_challenge, bootstrap_token: answer.data?.bootstrap_token, owner: this.#owner });
  }

  /** @param {Window} from @param {Fields} message */
  async #join(from, { code_challenge, bootstrap_token, owner }) {
    const request = this.#request;
    if (request === null || request.to !== from || request.challenge !== code_challenge || !this.#mayJoin()) return;
    request.challenge = ''; // accepted once
    /** @type {import('./handshake.js').Redeemable} */
    const redeemable = { bootstrapToken: String(bootstrap_token), via: 'sibling', verifier: request.verifier, key: randomText(this.#env.crypto) };
    // On an error this element stays a guest, who can sign in by a code.
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

  /** Post to one sibling. The target origin is our own, so neither the parent nor a frame of another origin receives it. @param {Window} to @param {string} type @param {Fields} [fields] */
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
    return false; // a frame of another origin, or one that was removed
  }
}

/** @param {unknown} data @returns {Fields | null} */
function readMessage(data) {
  try {
    if (!isRecord(data) || data.ns !== NAMESPACE || !isSmallJson(data)) return null;
    const { type, business_id, parent_origin } = data;
    const spec = typeof type === 'string' && hasOwn(MESSAGES, type) ? MESSAGES[type] : undefined;
    const fields = spec && pick(spec, data);
    return fields ? { type, business_id, parent_origin, ...fields } : null;
  } catch {
    return null; // a getter or proxy may throw at any access
  }
}
