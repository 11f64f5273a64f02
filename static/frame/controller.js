/** Controller of one element: connects to the shop, begins a session, and shows how it ends. */

import { SignOut } from './sign-out.js';
import { Port } from './protocol/port.js';
import { SIGNED_IN_BY_SHOP } from './texts/en.js';
import { randomText } from './session/pkce.js';
import { LinkError } from '../sdk/failures.js';
import { keepingOf } from './keeping.js';
import { Abort, after, settledWithin } from '../sdk/exchange.js';
import { Siblings } from './protocol/siblings.js';
import { Api, ApiError } from './session/api.js';
import { watchHeight } from './protocol/height.js';
import { Prover } from './session/dpop.js';
import { awaitInit, inTime, redeem, report } from './protocol/handshake.js';
import { Retries } from '../sdk/retries.js';
import { WalletApi } from './elements/wallet-api.js';
import { Wallet } from './elements/wallet.js';
import { SignIn } from './session/sign-in.js';
import { failureOf, isFinal } from './protocol/error-codes.js';
import { TokenClient } from './session/token-client.js';
import { begin } from './protocol/beginning.js';
import { Commands } from './protocol/commands.js';

const MOST_RECONNECTS = 2;
/** Longer than a handshake takes on a slow line, and than anybody looks at bars. */
const SLOW_MS = 5_000;
/** A shop's colours are worth a moment of the customer's time, and no more. */
const LONGEST_DRESSING_MS = 3_000;

/** @typedef {import('./session/api.js').ApiEnv & import('../sdk/exchange.js').PageTimers & { window: Window, crypto: Crypto, begun: import('./protocol/beginning.js').Begun | null, loadPart: import('./elements/wallet.js').LoadPart, loadBeside: () => Promise<unknown>, keptLoading: Promise<import('./session/kept.js').Kept> | null, phones: import('./phone/phones.js').Phones, receiveCode: import('./session/sign-in.js').ReceiveCode }} FrameEnv */
/** @typedef {import('./session/grant.js').Grant} Grant */

export class ElementController {
  #embedding;
  #env;
  /** The first handshake, where the document has begun it. */
  #begun;
  #view;
  #prover;
  #api;
  #client;
  #signIn;
  #signOut;
  #siblings;
  #wallet;
  #commands;
  #keeping;
  #port = new Port();
  /** Aborted when the connection to the shop ends or begins anew; null before the first. @type {AbortController | null} */
  #connection = null;
  #reconnects = 0;
  /** Handshakes that the shop has left unanswered, one after the other. */
  #silences = 0;
  #step = ''; // what the shop heard last of where the customer is
  #retries;

  /** @param {import('./protocol/embedding.js').Embedding} embedding @param {FrameEnv} env @param {import('./ui/view.js').View} view */
  constructor(embedding, env, view) {
    this.#embedding = embedding;
    this.#env = env;
    this.#begun = env.begun;
    this.#retries = new Retries(env, '', () => void this.start());
    this.#view = view;
    this.#prover = new Prover(env);
    this.#api = new Api(env, this.#prover);
    this.#keeping = keepingOf(env, this.#api, this.#prover, embedding);
    const withKeys = { ...env, newKey: () => randomText(env.crypto), onStep: (/** @type {import('../sdk/wire.js').StepName} */ name) => this.#onStep(name) };
    this.#client = new TokenClient(this.#api, withKeys, {
      onRefreshed: ({ expiresInMs }) => this.#commands.answerRefresh(expiresInMs),
      onFailed: (error) => this.#commands.failRefresh(failureOf(error)),
      onEnded: (error) => this.#end(failureOf(error)),
      onToken: (token, spentBy) => this.#keeping.kept?.tell(token, spentBy),
    });
    this.#commands = new Commands(this.#port, this.#client, env.clock, view.card, {
      onLogout: (id) => this.#leave('shop', id),
      onUpdate: (options) => this.#view.setAppearance(options),
      onDestroy: () => this.#disconnect(),
    });
    this.#signIn = new SignIn(this.#api, this.#client, view, withKeys, (owner) => this.#onSignedIn(owner));
    this.#siblings = new Siblings(this.#api, this.#client, withKeys, embedding, {
      isIdle: () => this.#signIn.isIdle,
      onJoined: (grant, owner) => this.#onSignedInBySibling(grant, owner),
      onLeft: () => this.#leave('sibling'),
    });
    this.#signOut = new SignOut({
      api: this.#api, client: this.#client, siblings: this.#siblings, port: this.#port, commands: this.#commands, keeping: this.#keeping, view,
      onSignedOut: () => this.#stop('ended', 'signed_out'),
    });
    this.#wallet = new Wallet({
      retryEnv: env, element: embedding.element, loadPart: env.loadPart, phones: env.phones, api: new WalletApi(this.#api, this.#client, withKeys.newKey), client: this.#client, signIn: this.#signIn, view,
      onStep: withKeys.onStep,
      onChosen: (item) => this.#port.send('selected', { element: embedding.element, ...item }),
    });
  }

  /** Connect to the shop with a new code verifier, a new `ready` and a new session; an earlier session is dropped. */
  start() {
    this.#reconnects = 0;
    return this.#connect();
  }

  /** The page woke up, or the network came back. @param {boolean} isOnline whether the browser reported the network's return */
  wake(isOnline) {
    this.#keeping.kept?.back();
    this.#client.wake();
    this.#wallet.wake(isOnline);
    this.#retries.wake(isOnline);
  }

  /** The page goes. Where a reload keeps the customer, a page after it may go on with this session. */
  sleep() {
    const isBack = this.#keeping.kept?.sleep();
    if (isBack) this.#client.pause(isBack.then((isOurs) => { if (!isOurs) void this.start(); }));
  }

  requestCode = (/** @type {string} */ typed) => void this.#signIn.requestCode(typed);
  enterCode = (/** @type {string} */ typed) => void this.#signIn.enterCode(typed);
  verifyCode = (/** @type {string} */ typed) => void this.#signIn.verify(typed);
  resend = () => void this.#signIn.resend(false);
  sendOtherWay = () => void this.#signIn.resend(true);
  changeContact = () => {
    this.#signIn.changeContact();
    this.#siblings.discover(); // another element may have signed in while this one waited for a code
  };
  signOut = () => this.#leave('customer');
  /** Also out of `dismiss`, which leaves the session as it is. */
  startAgain = () => {
    const { session } = this.#client;
    if (session === null) void this.start();
    else if (session.state === 'guest') this.#signIn.open();
    else this.#wallet.show();
  };
  dismiss = () => {
    if (this.#client.session?.state === 'guest') this.#signIn.leave(); // a code may still be on its way
    this.#step = '';
    this.#view.showStopped('dismissed', 'dismissed');
    this.#port.send('dismissed', {});
  };
  retry = () => this.#wallet.retry();
  leaveStepUp = () => this.#wallet.leaveStepUp();

  async #connect() {
    if (this.#connection !== null) this.#close(); // each abort makes an exception with a stack, which costs milliseconds
    this.#connection = new Abort();
    const { signal } = this.#connection;
    this.#showConnecting(signal);
    try {
      const { grant, owner } = await this.#handshake(signal);
      if (signal.aborted) return;
      this.#client.adopt(grant);
      if (this.#commands.hasEarlyLogout) await this.#endUnbegunSession(signal);
      else this.#begin(grant, owner, signal);
    } catch (error) {
      if (!signal.aborted) this.#onConnectFailed(error);
    }
  }

  /** @param {import('../sdk/wire.js').StepName} name */
  #onStep(name) {
    if (name !== this.#step) this.#port.send('step', { name });
    this.#step = name;
  }

  #close() {
    this.#connection?.abort();
    this.#connection = null;
    this.#client.drop();
    this.#cancelActions();
    this.#siblings.close();
    this.#port.close();
    this.#commands.reset();
    this.#retries.cancel();
  }

  /** @param {AbortSignal} signal @returns {Promise<import('./session/kept.js').Resumed>} */
  async #handshake(signal) {
    const { crypto, window } = this.#env;
    const { parentOrigin } = this.#embedding;
    const begun = this.#begun ?? begin(window, crypto, parentOrigin);
    this.#begun = null;
    this.#prover.renew();
    const [verifier, challenge] = [begun.verifier, await begun.challenge];
    const onSilence = () => {
      report(this.#api, 'timeout');
      this.#view.showStopped(this.#silences++ ? 'refused' : 'disconnected', 'disconnected'); // who has started again once goes round in a circle
    };
    const init = await awaitInit(window, this.#env, { challenge, parentOrigin, heard: begun.takeHeard(), onSilence }, signal);
    this.#commands.holdLogouts();
    this.#port.open(init.port, (command) => this.#commands.handle(command));
    const dressed = this.#dress(init.options, signal);
    const key = randomText(crypto);
    try {
      return await inTime(this.#env, signal, async (aborted, onAnswer) => (await this.#keeping.resume(init.isGuest, aborted, onAnswer))
        ?? { grant: await redeem(this.#api, this.#embedding, { ...init, via: 'page', verifier, key }, aborted, onAnswer), owner: SIGNED_IN_BY_SHOP });
    } finally {
      await dressed;
    }
  }

  /** Show the skeleton in the shop's look, and learn what another element asks already. Code for it may be on its way, and is not waited for as long as it may take. @param {Record<string, unknown>} options @param {AbortSignal} signal */
  async #dress(options, signal) {
    await settledWithin(this.#env, LONGEST_DRESSING_MS, signal, Promise.all([this.#view.setAppearance(options), this.#siblings.meet()]));
    if (!signal.aborted) this.#showConnecting(signal);
  }

  /** @param {AbortSignal} signal */
  #showConnecting(signal) {
    this.#view.showConnecting();
    after(this.#env, SLOW_MS, signal, () => this.#view.showSlow());
  }

  /** @param {Grant} grant @param {string} owner of the wallet, where there is one @param {AbortSignal} signal */
  #begin(grant, owner, signal) {
    const { state } = grant.session;
    this.#silences = 0;
    this.#retries.end();
    this.#commands.takeEarlyLogouts();
    this.#port.send('initialized', { state });
    if (state === 'guest') this.#signIn.open();
    else this.#onSignedIn(owner);
    this.#siblings.discover();
    watchHeight(this.#view.card, this.#env, signal, (height) => this.#port.send('height_change', { height }));
  }

  /** The shop sent `logout` during the handshake: revoke the session before any event announces it. @param {AbortSignal} signal */
  async #endUnbegunSession(signal) {
    await this.#signOut.revoke('shop');
    if (signal.aborted) return;
    for (const id of this.#commands.takeEarlyLogouts()) this.#port.send('logout_complete', {}, id);
    this.#view.showStopped('ended', 'signed_out');
  }

  /** @param {unknown} error */
  #onConnectFailed(error) {
    const isWanted = !this.#commands.hasEarlyLogout;
    if (isWanted && error instanceof ApiError && error.code === 'BOOTSTRAP_EXPIRED' && this.#reconnects < MOST_RECONNECTS) {
      this.#reconnects += 1;
      return void this.#connect();
    }
    const failure = failureOf(error);
    if (!isWanted) this.#keeping.forget();
    this.#client.drop();
    failure.request_id || report(this.#api, failure.code);
    this.#port.sendError(failure);
    for (const id of this.#commands.takeEarlyLogouts()) this.#port.sendError(failure, id);
    if (isWanted && (failure.code === 'network' || failure.code === 'offline')) this.#retries.plan(failure.retryAfterMs);
    this.#view.showStopped(isFinal(failure) ? 'refused' : 'disconnected', failure.code === 'internal' || failure.code === 'timeout' ? 'disconnected' : failure.code);
  }

  /** A shop that reloads its page once it hears `authenticated` must find its customer signed in. @param {string} owner of the wallet, as a text for the customer: a masked contact, or how they signed in */
  async #onSignedIn(owner) {
    const keeping = this.#keeping.kept?.keep(this.#client.session, owner, this.#prover.key);
    if (!this.#wallet.resume()) {
      this.#view.showAuthenticated(owner);
      if (keeping) await keeping;
      if (this.#client.session?.state !== 'authenticated') return;
      this.#port.send('authenticated', {});
      this.#wallet.open();
    }
    this.#siblings.announce(owner);
  }

  /** Another element of the page signed this guest in. @param {Grant} grant @param {string} owner */
  #onSignedInBySibling({ expiresInMs }, owner) {
    this.#signIn.close();
    if (this.#commands.awaitsRefresh) this.#commands.answerRefresh(expiresInMs);
    this.#onSignedIn(owner);
  }

  /** @param {import('./sign-out.js').SignOutOrigin} origin @param {string} [id] of the shop's command */
  #leave(origin, id) {
    if (this.#connection !== null) void this.#signOut.run(origin, this.#connection.signal, id);
  }

  /** The shop removes the element, or gave up waiting for it. */
  #disconnect() {
    this.#view.showStopped('disconnected', 'disconnected');
    this.#close();
  }

  /** The bridge ended the session. @param {LinkError} failure */
  #end(failure) {
    this.#keeping.kept?.drop();
    const reported = failure.code === 'internal' ? new LinkError('session_expired', { request_id: failure.request_id }) : failure;
    this.#commands.failRefresh(reported);
    this.#stop(isFinal(reported) ? 'refused' : 'ended', reported.code);
  }

  /** Show the end first: `showStopped` moves the focus, which would be lost if its element were removed before. @param {'ended' | 'refused'} state @param {string} reason */
  #stop(state, reason) {
    this.#view.showStopped(state, reason);
    this.#cancelActions();
  }

  /** Cancel what the customer was doing: it belongs to the session that ends. */
  #cancelActions() {
    this.#signIn.close();
    this.#wallet.close();
  }
}
