/** One element: a handshake, then a session, then what the customer and the shop do with it. */

import { LinkError } from '../sdk/failures.js';
import { Api, ApiError } from './session/api.js';
import { remainingMs } from './session/clock.js';
import { Prover } from './session/dpop.js';
import { awaitInit, inTime, redeem } from './protocol/handshake.js';
import { measuring, watchHeight } from './protocol/height.js';
import { Port } from './protocol/port.js';
import { challengeOf, randomText } from './session/pkce.js';
import { failureOf, isFinal } from './protocol/error-codes.js';
import { Siblings } from './protocol/siblings.js';
import { SignIn } from './session/sign-in.js';
import { TokenClient } from './session/token-client.js';
import { Wallet } from './elements/wallet.js';
import { WalletApi } from './elements/wallet-api.js';
import { SIGN_OUT_FAILED, SIGNED_IN_BY_SHOP } from './ui/texts.js';

const LOGOUT_TRIES = 3;
const MOST_FRESH_STARTS = 2;
const BETWEEN_REFRESH_COMMANDS_MS = 30_000;

/** @typedef {import('./session/api.js').ApiEnv & { window: Window, crypto: Crypto, loadPart: import('./elements/wallet.js').LoadPart }} FrameEnv */
/** @typedef {import('./session/grant.js').Grant} Grant */
/** @typedef {'customer' | 'shop' | 'elsewhere'} Wish whose sign-out it is: the customer's here, the shop's, the customer's in another element */

export class LinkElement {
  #place;
  #env;
  #view;
  #prover;
  #measure;
  #api;
  #client;
  #signIn;
  #siblings;
  #wallet;
  #port = new Port();
  #run = new AbortController();
  #freshStarts = 0;
  #canRetryOnline = false;
  /** Logouts that came before the session they are to end; null once the handshake is over. @type {string[] | null} */
  #earlyLogouts = null;
  /** The shop's `refresh` that waits for its answer. @type {string | null} */
  #refreshId = null;
  /** @type {import('./session/clock.js').Wait | null} */
  #refreshCommandWait = null;

  /** @param {import('./protocol/embedding.js').Place} place @param {FrameEnv} env @param {import('./ui/view.js').View} view */
  constructor(place, env, view) {
    this.#place = place;
    this.#env = env;
    this.#view = view;
    this.#prover = new Prover(env);
    this.#measure = measuring(env.clock);
    this.#api = new Api(env, this.#prover);
    const withKeys = { ...env, newKey: () => randomText(env.crypto) };
    this.#client = new TokenClient(this.#api, withKeys, {
      onRefreshed: ({ expiresInMs }) => this.#tellRefreshed(expiresInMs),
      onFailed: (error) => this.#port.sendError(failureOf(error), this.#takeRefreshId()),
      onEnded: (error) => this.#end(failureOf(error)),
    });
    this.#signIn = new SignIn(this.#api, this.#client, view, withKeys, (owner) => this.#signedIn(owner));
    this.#siblings = new Siblings(this.#api, this.#client, withKeys, place, {
      isIdle: () => this.#signIn.isIdle,
      onJoined: (grant, owner) => this.#joined(grant, owner),
      onLeft: () => void this.#logout(null, 'elsewhere'),
    });
    const api = new WalletApi(this.#api, this.#client, withKeys.newKey);
    const onChosen = (/** @type {{ id: string, label: string }} */ choice) => this.#port.send('selected', { element: place.element, ...choice });
    this.#wallet = new Wallet({ element: place.element, loadPart: env.loadPart, api, client: this.#client, signIn: this.#signIn, view, onChosen });
  }

  /** Begin, or begin again: a new verifier, a new `ready`, a new session. */
  start() {
    this.#freshStarts = 0;
    return this.#connect();
  }

  /** The page is back, or the network. @param {boolean} isOnline the network itself said so */
  wake(isOnline) {
    this.#client.wake();
    if (isOnline) this.#wallet.wake();
    if (isOnline && this.#canRetryOnline) void this.start();
  }

  requestCode = (/** @type {string} */ typed) => void this.#signIn.requestCode(typed);
  verifyCode = (/** @type {string} */ typed) => void this.#signIn.verify(typed);
  resend = () => void this.#signIn.resend();
  changeContact = () => {
    this.#signIn.changeContact();
    this.#siblings.seek(); // another element may have signed in meanwhile
  };
  signOut = () => void this.#logout(null);
  startAgain = () => void this.start();
  retry = () => this.#wallet.retry();
  leaveStepUp = () => this.#wallet.leaveStepUp();

  async #connect() {
    this.#close();
    const { signal } = this.#run;
    this.#view.showConnecting();
    try {
      const grant = await this.#handshake(signal);
      if (signal.aborted) return;
      this.#client.adopt(grant);
      if (this.#earlyLogouts?.length) await this.#leaveEarly(signal);
      else this.#begin(grant, signal);
    } catch (error) {
      if (!signal.aborted) this.#notConnected(error);
    }
  }

  #close() {
    this.#run.abort();
    this.#run = new AbortController();
    this.#client.drop();
    this.#stopWorking();
    this.#siblings.close();
    this.#port.close();
    this.#earlyLogouts = null;
    this.#refreshId = null;
    this.#refreshCommandWait = null;
    this.#canRetryOnline = false;
  }

  /** The words come first: they take over the focus from what then goes. @param {'ended' | 'refused'} state @param {string} reason */
  #stopWith(state, reason) {
    this.#view.showStopped(state, reason);
    this.#stopWorking();
  }

  /** What the customer was about to do belongs to the session that ends. */
  #stopWorking() {
    this.#signIn.close();
    this.#wallet.close();
  }

  /** @param {AbortSignal} signal @returns {Promise<Grant>} */
  async #handshake(signal) {
    const { crypto, window } = this.#env;
    const { parentOrigin } = this.#place;
    const verifier = randomText(crypto);
    this.#prover.renew();
    const challenge = await challengeOf(crypto, verifier);
    const onSilence = () => this.#view.showStopped('disconnected', 'disconnected');
    const init = await awaitInit(window, this.#env, { challenge, parentOrigin, onSilence }, signal);
    this.#earlyLogouts = [];
    this.#port.open(init.port, (command) => this.#obey(command));
    this.#view.setAppearance(init.options);
    this.#view.showConnecting();
    const key = randomText(crypto);
    return inTime(this.#env, signal, (aborted) => redeem(this.#api, this.#place, { ...init, via: 'page', verifier, key }, aborted));
  }

  /** @param {Grant} grant @param {AbortSignal} signal */
  #begin(grant, signal) {
    const { state } = grant.session;
    this.#earlyLogouts = null;
    this.#port.send('initialized', { state });
    if (state === 'guest') this.#signIn.open();
    else this.#signedIn(SIGNED_IN_BY_SHOP);
    this.#siblings.seek();
    watchHeight(this.#view.card, this.#env, signal, (height) => this.#port.send('height_change', { height }));
  }

  /** The shop has taken its wish back: end the session before anybody hears of it. @param {AbortSignal} signal */
  async #leaveEarly(signal) {
    await this.#revoke('shop');
    if (signal.aborted) return;
    for (const id of this.#takeEarlyLogouts()) this.#port.send('logout_complete', {}, id);
    this.#view.showStopped('ended', 'signed_out');
  }

  /** @param {Wish} wish */
  #revoke(wish) {
    if (wish !== 'elsewhere') this.#siblings.leave(wish === 'customer'); // what another element began, it has told
    return this.#client.logout((accessToken, signal) => this.#api.post('logout', { body: { scope: 'element' }, accessToken, tries: LOGOUT_TRIES, signal }));
  }

  #takeEarlyLogouts() {
    const ids = this.#earlyLogouts ?? [];
    this.#earlyLogouts = null;
    return ids;
  }

  /** @param {string} owner whose wallet it is, as the customer would say it */
  #signedIn(owner) {
    if (!this.#wallet.goOn()) {
      this.#view.showAuthenticated(owner);
      this.#port.send('authenticated', {});
      this.#wallet.open();
    }
    this.#siblings.announce(owner);
  }

  /** Signed in by another element of this page, in place of the guest. @param {Grant} grant @param {string} owner */
  #joined({ expiresInMs }, owner) {
    this.#signIn.close();
    if (this.#refreshId !== null) this.#tellRefreshed(expiresInMs);
    this.#signedIn(owner);
  }

  /** @param {number} expiresInMs */
  #tellRefreshed(expiresInMs) {
    this.#port.send('token_refreshed', { expires_in: Math.round(expiresInMs / 1000) }, this.#takeRefreshId());
  }

  /** @param {unknown} error */
  #notConnected(error) {
    const isWanted = !this.#earlyLogouts?.length;
    if (isWanted && error instanceof ApiError && error.code === 'BOOTSTRAP_EXPIRED' && this.#freshStarts < MOST_FRESH_STARTS) {
      this.#freshStarts += 1;
      void this.#connect();
      return;
    }
    const failure = failureOf(error);
    this.#client.drop();
    this.#port.sendError(failure);
    for (const id of this.#takeEarlyLogouts()) this.#port.sendError(failure, id);
    this.#canRetryOnline = isWanted && (failure.code === 'network' || failure.code === 'offline');
    if (isFinal(failure)) this.#view.showStopped('refused', failure.code);
    else this.#view.showStopped('disconnected', failure.code === 'internal' || failure.code === 'timeout' ? 'disconnected' : failure.code);
  }

  /** @param {LinkError} failure */
  #end(failure) {
    const told = failure.code === 'internal' ? new LinkError('session_expired') : failure;
    this.#port.sendError(told, this.#takeRefreshId());
    this.#stopWith(isFinal(told) ? 'refused' : 'ended', told.code);
  }

  #takeRefreshId() {
    const id = this.#refreshId;
    this.#refreshId = null;
    return id;
  }

  /** @param {{ type: import('../sdk/wire.js').CommandType, id: string }} command */
  #obey({ type, id }) {
    if (type === 'refresh') void this.#refresh(id);
    if (type === 'logout') void this.#logout(id);
    if (type === 'update') this.#tellHeight(id);
    if (type === 'destroy') this.#leftByShop();
  }

  /** @param {string} id */
  #tellHeight(id) {
    const height = this.#measure(this.#view.card);
    if (height === null) this.#port.sendError(new LinkError('rate_limited'), id);
    else this.#port.send('height_change', { height }, id);
  }

  /** The shop gave up, or is about to remove the iframe. */
  #leftByShop() {
    this.#view.showStopped('disconnected', 'disconnected');
    this.#close();
  }

  /** @param {string} id */
  async #refresh(id) {
    if (this.#client.session === null) return this.#port.sendError(new LinkError('not_connected'), id);
    const isTooSoon = remainingMs(this.#env.clock, this.#refreshCommandWait) > 0 || this.#refreshId !== null;
    if (isTooSoon || !this.#client.mayRefresh) return this.#port.sendError(new LinkError('rate_limited'), id);
    this.#refreshCommandWait = { from: this.#env.clock.now(), ms: BETWEEN_REFRESH_COMMANDS_MS };
    this.#refreshId = id;
    try {
      await this.#client.refresh();
    } catch (error) {
      // Told already, with the id, unless it never set out; what a sign-out cut off is told with the sign-out's end.
      if (this.#refreshId === id && error instanceof ApiError) this.#port.sendError(failureOf(error), this.#takeRefreshId());
    }
  }

  /** @param {string | null} id of the shop's command; null when the customer signs out @param {Wish} wish */
  async #logout(id, wish = id === null ? 'customer' : 'shop') {
    if (this.#earlyLogouts !== null && id !== null) return void this.#earlyLogouts.push(id);
    const { signal } = this.#run;
    this.#view.showBusy(true);
    try {
      await this.#revoke(wish);
      if (signal.aborted) return;
      this.#answerCutOff(new LinkError('signed_out'));
      this.#port.send('logout_complete', {}, id);
      this.#stopWith('ended', 'signed_out');
    } catch (error) {
      if (signal.aborted) return;
      this.#answerCutOff(failureOf(error));
      this.#port.sendError(failureOf(error), id);
      this.#view.showWalletProblem(SIGN_OUT_FAILED);
    } finally {
      if (!signal.aborted) this.#view.showBusy(false);
    }
  }

  /** @param {LinkError} failure for the refresh that a logout cut off */
  #answerCutOff(failure) {
    if (this.#refreshId !== null) this.#port.sendError(failure, this.#takeRefreshId());
  }
}
