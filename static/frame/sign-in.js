/** Signing in by a code sent to the customer's contact. */

import { after } from '../sdk/exchange.js';
import { ApiError } from './api.js';
import { remainingMs } from './clock.js';
import { maskContact, parseContact } from './contact.js';
import { BAD_CODE, BAD_CONTACT, problemText } from './wording.js';

const CODE = /^\d{6}$/;
const VERIFY_TRIES = 3;
const RESEND_AFTER_MS = 30_000;
const TICK_MS = 1_000;
/** What a new code mends, so that asking for one must be possible at once. */
const CODE_IS_SPENT = new Set(['OTP_EXPIRED', 'OTP_ATTEMPTS_EXCEEDED', 'CONFLICT']);

/** @typedef {import('./contact.js').Contact} Contact */
/**
 * @typedef {object} SignInView
 * @property {(problem?: string) => void} showContactForm
 * @property {(contact: string) => void} showCodeForm
 * @property {(problem: string) => void} showCodeProblem
 * @property {(isBusy: boolean) => void} showBusy
 * @property {(ms: number) => void} showResendIn 0 when a new code can be had
 */
/** @typedef {import('../sdk/exchange.js').Timers & { clock: import('./clock.js').Clock, newKey: () => string }} SignInEnv */

export class SignIn {
  #api;
  #client;
  #view;
  #env;
  #onSignedIn;
  /** @type {Contact | null} */
  #contact = null;
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

  /** Ask for a contact, from the beginning. */
  open() {
    this.close();
    this.#view.showContactForm();
  }

  close() {
    this.#open.abort();
    this.#open = new AbortController();
    this.#contact = null;
    this.#attempt = null;
    this.#isBusy = false;
    this.#view.showBusy(false);
  }

  /** @param {string} typed */
  async requestCode(typed) {
    const contact = parseContact(typed);
    if (contact === null) return this.#view.showContactForm(BAD_CONTACT);
    await this.#work(async () => {
      await this.#request(contact);
      this.#contact = contact;
      this.#view.showCodeForm(typed.trim());
    }, (error) => this.#view.showContactForm(problemText(error)));
  }

  async resend() {
    const contact = this.#contact;
    if (contact === null || remainingMs(this.#env.clock, this.#resendWait) > 0) return;
    await this.#work(async () => {
      await this.#request(contact);
      this.#view.showCodeForm(contact.contact);
    }, (error) => {
      if (error.code === 'RATE_LIMITED') this.#holdResend(error.retryAfterMs ?? RESEND_AFTER_MS);
      this.#view.showCodeProblem(problemText(error));
    });
  }

  /** @param {string} typed */
  async verify(typed) {
    const code = typed.replace(/\D/g, '');
    const contact = this.#contact;
    if (contact === null) return;
    if (!CODE.test(code)) return this.#view.showCodeProblem(BAD_CODE);
    await this.#work(async () => {
      await this.#client.upgrade((accessToken, signal) => this.#verify(contact, code, accessToken, signal));
      this.close();
      this.#onSignedIn(maskContact(contact));
    }, (error) => {
      if (!error.isTransient) this.#attempt = null;
      if (CODE_IS_SPENT.has(error.code)) this.#holdResend(0);
      this.#view.showCodeProblem(problemText(error));
    });
  }

  /** @param {Contact} contact */
  async #request(contact) {
    const isOpen = this.#open.signal;
    await this.#client.call((accessToken, signal) => this.#api.post('request-otp', { body: { ...contact }, accessToken, signal }));
    isOpen.throwIfAborted();
    this.#attempt = null;
    this.#holdResend(RESEND_AFTER_MS);
  }

  /** @param {Contact} contact @param {string} code @param {string} accessToken @param {AbortSignal} signal */
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
    if (ms > 0) this.#cancelTick = after(this.#env, Math.min(TICK_MS, ms), this.#open.signal, () => this.#tick());
  }
}
