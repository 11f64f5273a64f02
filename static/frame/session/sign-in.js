/** Signing in by a code sent to the customer's contact. */

import { after } from '../../sdk/exchange.js';
import { ApiError } from './api.js';
import { remainingMs } from './clock.js';
import { maskContact, parseContact } from './contact.js';
import { BAD_CODE, BAD_CONTACT, CAN_ASK_NOW, justSentText, otherCodeText, problemText, requestProblemText } from '../ui/texts.js';

const CODE = /^\d{6}$/;
const VERIFY_TRIES = 3;
const RESEND_AFTER_MS = 30_000;
/** The bridge's name of the pause between two codes for one contact. */
const JUST_SENT = 'otp_wait';
const TICK_MS = 1_000;
/** What a new code mends, so that asking for one must be possible at once. */
const CODE_IS_SPENT = new Set(['OTP_EXPIRED', 'OTP_ATTEMPTS_EXCEEDED', 'CONFLICT']);
/** What the customer mends in the field itself. */
const FIELD_IS_WRONG = new Set(['OTP_INVALID', 'OTP_EXPIRED', 'VALIDATION_ERROR']);

/** @typedef {import('./contact.js').Contact} Contact */
/**
 * @typedef {object} SignInView
 * @property {(problem?: string, isFieldWrong?: boolean) => void} showContactForm
 * @property {(contact: string) => void} showCodeForm
 * @property {(problem: string, isFieldWrong: boolean) => void} showCodeProblem
 * @property {(isBusy: boolean) => void} showBusy
 * @property {(ms: number) => void} showResendIn 0 when a new code can be had
 */
/** @typedef {import('../../sdk/exchange.js').Timers & { clock: import('./clock.js').Clock, newKey: () => string }} SignInEnv */

export class SignIn {
  #api;
  #client;
  #view;
  #env;
  #onSignedIn;
  /** @type {Contact | null} */
  #contact = null;
  /** Whose code may still be in the inbox, though the customer went back. @type {Contact | null} */
  #sentTo = null;
  /** Whom a code was asked for here though no answer came: it may have been sent. @type {Contact | null} */
  #askedFor = null;
  /** Who can have no code yet, for one was just sent for something else. @type {Contact | null} */
  #heldFor = null;
  /** One key per code: the same code sent again is the same request. @type {{ code: string, key: string } | null} */
  #attempt = null;
  #isBusy = false;
  /** @type {import('./clock.js').Wait | null} */
  #resendWait = null;
  #open = new AbortController();
  #cancelTick = () => {};

  /**
   * @param {import('./api.js').Api} api @param {import('./token-client.js').TokenClient} client @param {SignInView} view
   * @param {SignInEnv} env @param {(owner: string) => void} onSignedIn told the masked contact
   */
  constructor(api, client, view, env, onSignedIn) {
    this.#api = api;
    this.#client = client;
    this.#view = view;
    this.#env = env;
    this.#onSignedIn = onSignedIn;
  }

  /** Whether the customer has sent nothing yet, so that nothing is lost when another element signs in. */
  get isIdle() {
    return this.#contact === null && !this.#isBusy;
  }

  /** Whether an answer is awaited. */
  get isBusy() {
    return this.#isBusy;
  }

  /** Ask for a contact, from the beginning. */
  open() {
    this.leave();
    this.#view.showContactForm();
  }

  /** Give up what was begun in this session. What was sent meanwhile can still be typed later. */
  leave() {
    this.#reset();
  }

  /** Not while an answer is awaited: that could sign the customer in with the contact just given up. */
  changeContact() {
    if (this.#isBusy) return;
    this.#reset();
    this.#view.showContactForm();
  }

  close() {
    this.#reset();
    this.#sentTo = null;
    this.#askedFor = null;
    this.#resendWait = null;
  }

  #reset() {
    this.#open.abort();
    this.#open = new AbortController();
    this.#contact = null;
    this.#heldFor = null;
    this.#attempt = null;
    this.#isBusy = false;
    this.#view.showBusy(false);
  }

  /** @param {string} typed */
  async requestCode(typed) {
    const contact = parseContact(typed);
    if (contact === null) return this.#view.showContactForm(BAD_CONTACT, true);
    const waitMs = remainingMs(this.#env.clock, this.#resendWait);
    if (isSame(this.#sentTo, contact) && waitMs > 0 && !this.#isBusy) return this.#showSent(contact, typed, justSentText(waitMs));
    if (isSame(this.#heldFor, contact) && waitMs > 0) return this.#view.showContactForm(otherCodeText(waitMs));
    this.#heldFor = null;
    await this.#work(async () => {
      await this.#request(contact);
      this.#contact = contact;
      this.#view.showCodeForm(typed.trim());
    }, (error) => this.#refuseRequest(contact, typed, error));
  }

  /** @param {Contact} contact @param {string} typed @param {ApiError} error */
  #refuseRequest(contact, typed, error) {
    const problem = requestProblemText(error);
    const isLimited = error.code === 'RATE_LIMITED';
    const wasSent = isLimited && (isSame(this.#sentTo, contact) || (isPause(error) && isSame(this.#askedFor, contact)));
    if (error.status === 0) this.#askedFor = contact;
    if (!wasSent && isPause(error)) return this.#hold(contact, error.retryAfterMs ?? RESEND_AFTER_MS);
    if (!wasSent) return this.#view.showContactForm(problem, FIELD_IS_WRONG.has(error.code));
    this.#sentTo = contact;
    this.#holdResend(error.retryAfterMs ?? RESEND_AFTER_MS);
    this.#showSent(contact, typed, problem);
  }

  /** The code that was just sent there is for something else, such as the shop's own sign-in. @param {Contact} contact @param {number} ms */
  #hold(contact, ms) {
    this.#view.showContactForm(otherCodeText(ms));
    this.#heldFor = contact;
    this.#holdResend(ms);
  }

  /** No new code can be had, but the one that was sent can be typed. @param {Contact} contact @param {string} typed @param {string} problem */
  #showSent(contact, typed, problem) {
    this.#contact = contact;
    this.#view.showCodeForm(typed.trim());
    this.#view.showCodeProblem(problem, false);
    this.#tick();
  }

  async resend() {
    const contact = this.#contact;
    if (contact === null || remainingMs(this.#env.clock, this.#resendWait) > 0) return;
    await this.#work(async () => {
      await this.#request(contact);
      this.#view.showCodeForm(contact.contact);
    }, (error) => {
      if (error.code === 'RATE_LIMITED') this.#holdResend(error.retryAfterMs ?? RESEND_AFTER_MS);
      this.#view.showCodeProblem(requestProblemText(error), false);
    });
  }

  /** @param {string} typed */
  async verify(typed) {
    const code = typed.replace(/\D/g, '');
    const contact = this.#contact;
    if (contact === null) return;
    if (!CODE.test(code)) return this.#view.showCodeProblem(BAD_CODE, true);
    await this.#work(async () => {
      await this.#client.upgrade((accessToken, signal) => this.#verify(contact, code, accessToken, signal));
      this.close();
      this.#onSignedIn(maskContact(contact));
    }, (error) => {
      if (!error.isTransient) this.#attempt = null;
      if (CODE_IS_SPENT.has(error.code)) this.#holdResend(0);
      this.#view.showCodeProblem(problemText(error), FIELD_IS_WRONG.has(error.code));
    });
  }

  /** @param {Contact} contact */
  async #request(contact) {
    const isOpen = this.#open.signal;
    await this.#client.call((accessToken, signal) => this.#api.post('request-otp', { body: { ...contact }, accessToken, signal }));
    isOpen.throwIfAborted();
    this.#attempt = null;
    this.#sentTo = contact;
    this.#holdResend(RESEND_AFTER_MS);
  }

  /** @param {Contact} contact @param {string} code @param {import('./grant.js').AccessToken} accessToken @param {AbortSignal} signal */
  #verify(contact, code, accessToken, signal) {
    if (this.#attempt?.code !== code) this.#attempt = { code, key: this.#env.newKey() };
    const body = { ...contact, otp_code: code };
    return this.#api.post('verify-otp', { body, accessToken, idempotencyKey: this.#attempt.key, tries: VERIFY_TRIES, signal });
  }

  /**
   * One thing at a time. What a customer left meanwhile has nothing to show any more.
   * @param {() => Promise<void>} task @param {(error: ApiError) => void} onRefusal
   */
  async #work(task, onRefusal) {
    if (this.#isBusy) return;
    const { signal } = this.#open;
    this.#setBusy(true);
    try {
      await task();
    } catch (error) {
      if (!signal.aborted) onRefusal(error instanceof ApiError ? error : new ApiError('INTERNAL', { status: 400 }));
    } finally {
      if (!signal.aborted) this.#setBusy(false);
    }
  }

  /** @param {boolean} isBusy */
  #setBusy(isBusy) {
    this.#isBusy = isBusy;
    this.#view.showBusy(isBusy);
  }

  /** @param {number} ms */
  #holdResend(ms) {
    this.#resendWait = { from: this.#env.clock.now(), ms };
    this.#tick();
  }

  #tick() {
    const ms = remainingMs(this.#env.clock, this.#resendWait);
    this.#view.showResendIn(ms);
    this.#cancelTick();
    if (ms === 0 && this.#heldFor !== null && !this.#isBusy) {
      this.#heldFor = null;
      this.#view.showContactForm(CAN_ASK_NOW);
    }
    if (ms > 0) this.#cancelTick = after(this.#env, Math.min(TICK_MS, ms), this.#open.signal, () => this.#tick());
  }
}

/** @param {Contact | null} known @param {Contact} contact */
function isSame(known, { contact, contact_type }) {
  return known?.contact === contact && known.contact_type === contact_type;
}

/**
 * A code went to this contact moments ago. Only what was asked for in this session can be typed here.
 * @param {ApiError} error
 */
function isPause({ limit, retryAfterMs }) {
  return limit === JUST_SENT && retryAfterMs !== null && retryAfterMs <= RESEND_AFTER_MS;
}
