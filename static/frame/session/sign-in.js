/** Sign-in by a one-time code, sent to the customer's contact. */

import { after } from '../../sdk/exchange.js';
import { ApiError } from './api.js';
import { remainingMs } from './clock.js';
import { maskContact, parseContact } from './contact.js';
import { BAD_CODE, BAD_CONTACT, CAN_ASK_NOW, justSentText, otherCodeText, problemText, requestProblemText } from '../ui/texts.js';

const CODE = /^\d{6}$/;
const VERIFY_TRIES = 3;
const RESEND_AFTER_MS = 30_000;
/** Name that the bridge gives to the limit between two codes for one contact. */
const JUST_SENT = 'otp_wait';
const TICK_MS = 1_000;
/** Errors after which only a new code helps, so that one can be requested at once. */
const CODE_IS_SPENT = new Set(['OTP_EXPIRED', 'OTP_ATTEMPTS_EXCEEDED', 'CONFLICT']);
/** Errors that the customer corrects in the field itself. */
const FIELD_IS_WRONG = new Set(['OTP_INVALID', 'OTP_EXPIRED', 'VALIDATION_ERROR']);

/** @typedef {import('./contact.js').Contact} Contact */
/**
 * @typedef {object} SignInView
 * @property {(problem?: string, isFieldWrong?: boolean) => void} showContactForm
 * @property {(contact: string) => void} showCodeForm
 * @property {(problem: string, isFieldWrong: boolean) => void} showCodeProblem
 * @property {(isBusy: boolean) => void} showBusy
 * @property {(ms: number) => void} showResendIn milliseconds until a new code can be requested; 0 for now
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
  /** Contact to which a code was sent; it can still be typed after the customer went back. @type {Contact | null} */
  #sentTo = null;
  /** Contact for which a code was requested without an answer: it may have been sent. @type {Contact | null} */
  #askedFor = null;
  /** Contact that cannot get a code yet, because one was just sent to it for another purpose. @type {Contact | null} */
  #heldFor = null;
  /** Idempotency key of the code that is being verified: the same code again is a retry. @type {{ code: string, key: string } | null} */
  #attempt = null;
  #isBusy = false;
  /** @type {import('./clock.js').Wait | null} */
  #resendWait = null;
  #open = new AbortController();
  #cancelTick = () => {};

  /**
   * @param {import('./api.js').Api} api @param {import('./token-client.js').TokenClient} client @param {SignInView} view
   * @param {SignInEnv} env @param {(owner: string) => void} onSignedIn receives the masked contact
   */
  constructor(api, client, view, env, onSignedIn) {
    this.#api = api;
    this.#client = client;
    this.#view = view;
    this.#env = env;
    this.#onSignedIn = onSignedIn;
  }

  /** Whether the customer has sent nothing yet, so that a sign-in by a sibling interrupts nothing. */
  get isIdle() {
    return this.#contact === null && !this.#isBusy;
  }

  /** Whether a request is in flight. */
  get isBusy() {
    return this.#isBusy;
  }

  /** Show the empty contact form. */
  open() {
    this.leave();
    this.#view.showContactForm();
  }

  /** Abort the sign-in. A code that was already sent can still be typed later in this session. */
  leave() {
    this.#reset();
  }

  /** Show the contact form again, but not during a request: its answer could sign in the contact that was just given up. */
  changeContact() {
    if (this.#isBusy) return;
    this.#reset();
    this.#view.showContactForm();
  }

  /** Abort the sign-in and forget every contact: the session ends. */
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
    }, (error) => this.#onRequestFailed(contact, typed, error));
  }

  /** @param {Contact} contact @param {string} typed @param {ApiError} error */
  #onRequestFailed(contact, typed, error) {
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

  /** Block this contact until the pause is over: the last code was sent for another purpose, such as the shop's own sign-in, and cannot be used here. @param {Contact} contact @param {number} ms */
  #hold(contact, ms) {
    this.#view.showContactForm(otherCodeText(ms));
    this.#heldFor = contact;
    this.#holdResend(ms);
  }

  /** Show the code form again: a new code cannot be requested yet, but the sent one can be typed. @param {Contact} contact @param {string} typed @param {string} problem */
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
   * Run one request at a time, and ignore its error when the customer has left the form meanwhile.
   * @param {() => Promise<void>} task @param {(error: ApiError) => void} onError
   */
  async #work(task, onError) {
    if (this.#isBusy) return;
    const { signal } = this.#open;
    this.#setBusy(true);
    try {
      await task();
    } catch (error) {
      if (!signal.aborted) onError(error instanceof ApiError ? error : new ApiError('INTERNAL', { status: 400 }));
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

  /** Update the remaining time, once a second until it is over. */
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
 * Whether this error is the pause after a code. Only a code that was requested in this session can be typed here.
 * @param {ApiError} error
 */
function isPause({ limit, retryAfterMs }) {
  return limit === JUST_SENT && retryAfterMs !== null && retryAfterMs <= RESEND_AFTER_MS;
}
