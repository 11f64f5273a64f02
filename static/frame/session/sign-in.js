/** Sign-in by a one-time code, sent to the customer's contact. */

import { Abort, after } from '../../sdk/exchange.js';
import { ApiError } from './api.js';
import { remainingMs } from './clock.js';
import { codeIn, digitsOf, maskContact, readEmail } from './contact.js';
import { ASK_LATER, BAD_CODE, LANGUAGE, SENT_AGAIN } from '../texts/en.js';
import { translate } from '../texts/translate.js';
import { contactProblemText, problemText, reasonText } from '../ui/texts.js';

const CODE = /^\d{6}$/;
const VERIFY_TRIES = 3;
/** Until another code can be requested, where the bridge does not say. */
const RESEND_AFTER_MS = 30_000;
/** Names that the bridge gives to the limits between two codes for one contact. */
const WAITS = /^otp_(wait|minute)/;
const TICK_MS = 1_000;
/** Errors that the customer corrects in the field itself. */
const FIELD_IS_WRONG = /^OTP_I|^VAL|^COU|^RES/; // invalid, validation, country not supported, reserved contact
/** Errors after which no other digits help. */
const CODE_IS_SPENT = /^OTP_[AE]/; // attempts exceeded, expired

/** @typedef {import('./contact.js').Addressee} Addressee */
/** @typedef {(signal: AbortSignal) => Promise<string>} ReceiveCode reads the code from its message, where the browser can (WebOTP); empty where it cannot */
/** @typedef {{ contact: string, wait: import('./clock.js').Wait | null, otherChannel: string | null }} Asked contact of the last code, the wait for its next, and a channel that was not used for it */
/**
 * @typedef {object} SignInView
 * @property {(problem?: string, isFieldWrong?: boolean) => void} showContactForm
 * @property {(contact: string, otherChannel: string | null) => void} showCodeForm
 * @property {(problem: string, isFieldWrong: boolean, isSpent?: boolean) => void} showCodeProblem
 * @property {(code: string) => void} fillCode
 * @property {(isBusy: boolean) => void} showBusy
 * @property {(ms: number) => void} showResendIn milliseconds until a new code can be requested; 0 for now
 */
/** @typedef {import('../../sdk/exchange.js').Timers & { clock: import('./clock.js').Clock, newKey: () => string, phones: import('../phone/phones.js').Phones, receiveCode: ReceiveCode, onStep: (name: import('../../sdk/wire.js').StepName) => void }} SignInEnv */

export class SignIn {
  #api;
  #client;
  #view;
  #env;
  #onSignedIn;
  /** Contact of the code form; null on the contact form. @type {Addressee | null} */
  #to = null;
  /** @type {Asked | null} */
  #asked = null;
  /** Idempotency key of the code that is being verified: the same code again is a retry. @type {{ code: string, key: string } | null} */
  #attempt = null;
  #isBusy = false;
  #open = new Abort();
  #receiving = new Abort();
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
    return this.#to === null && !this.#isBusy;
  }

  /** Whether a request is in flight. */
  get isBusy() {
    return this.#isBusy;
  }

  /** Show the empty contact form. */
  open() {
    this.leave();
    this.#view.showContactForm();
    this.#env.onStep('contact');
  }

  /** Abort the sign-in. A code that was already sent can still be typed later. */
  leave() {
    this.#open.abort();
    this.#open = new Abort();
    this.#receiving.abort();
    this.#to = null;
    this.#attempt = null;
    this.#isBusy = false;
    this.#view.showBusy(false);
  }

  /** Show the contact form again, but not during a request: its answer could sign in the contact that was just given up. */
  changeContact() {
    if (!this.#isBusy) this.open();
  }

  /** Abort the sign-in and forget the contact: the session ends. */
  close() {
    this.leave();
    this.#asked = null;
  }

  /** Send a code, unless one was sent so recently that another cannot be had: that one can be typed. @param {string} typed */
  requestCode(typed) {
    return this.#withContact(typed, 'readShown', async (to) => {
      if (this.#asked?.contact === to.contact && this.#waitMs > 0) this.#enter(to, ASK_LATER);
      else await this.#request(to, {});
    });
  }

  /** Take a code that was sent before, as to this document before it was loaded again: no other message is needed. @param {string} typed */
  enterCode(typed) {
    return this.#withContact(typed, 'read', async (to) => this.#enter(to));
  }

  /** @param {boolean} isOtherWay by the channel that was not used last */
  async resend(isOtherWay) {
    const to = this.#to;
    if (to === null || this.#waitMs > 0) return;
    const channel = isOtherWay ? this.#asked?.otherChannel : null;
    await this.#work(() => this.#request(to, channel ? { channel } : {}, SENT_AGAIN), (error) => {
      if (error.code === 'RATE_LIMITED') this.#hold(to, error.retryAfterMs);
      this.#view.showCodeProblem(problemText(error), false);
    });
  }

  /** @param {string} typed */
  async verify(typed) {
    const code = codeIn(typed);
    const to = this.#to;
    if (to === null) return;
    if (!CODE.test(code)) return this.#view.showCodeProblem(BAD_CODE, true);
    await this.#work(async () => {
      await this.#client.upgrade((accessToken, signal) => this.#verify(to, code, accessToken, signal));
      this.close();
      this.#onSignedIn(maskContact(to));
    }, (error) => {
      if (!error.isTransient) this.#attempt = null;
      this.#view.showCodeProblem(problemText(error), FIELD_IS_WRONG.test(error.code), CODE_IS_SPENT.test(error.code));
    });
  }

  /** @param {string} typed @param {'read' | 'readShown'} read @param {(to: Addressee) => Promise<void>} task */
  #withContact(typed, read, task) {
    return this.#work(async () => {
      const isOpen = this.#open.signal;
      const { phones } = this.#env;
      const to = readEmail(typed) ?? (await phones[read](typed));
      if (isOpen.aborted) throw isOpen.reason;
      if (to !== null) return task(to);
      this.#view.showContactForm(contactProblemText(digitsOf(typed), phones.country !== null), true);
    }, (error) => this.#view.showContactForm(reasonText(error.details, 'contact') ?? problemText(error), FIELD_IS_WRONG.test(error.code)));
  }

  /** Take a code that was sent before; its message may be on its way. @param {Addressee} to @param {string} [problem] */
  #enter(to, problem) {
    const fill = this.#receive(to);
    this.#showCodeForm(to, problem);
    fill();
  }

  /** Ask for a code. Where another cannot be had yet, the code form is shown too: the last one may be on its way. @param {Addressee} to @param {{ channel?: string }} how @param {string} [news] once it is sent */
  async #request(to, how, news) {
    const isOpen = this.#open.signal;
    const fill = this.#receive(to); // now: the browser finds no message that came before
    let said = news;
    try {
      const body = { contact: to.contact, contact_type: to.contact_type, locale: translate(LANGUAGE), ...how }; // the message is in the language of these texts
      const { data } = await this.#client.call((accessToken, signal) => this.#api.post('request-otp', { body, accessToken, signal }));
      if (isOpen.aborted) throw isOpen.reason;
      this.#hold(to, typeof data?.ask_again_in === 'number' ? data.ask_again_in * 1000 : null, data?.channels);
    } catch (error) {
      if (this.#to === null) this.#receiving.abort();
      if (!(error instanceof ApiError) || !WAITS.test(error.limit) || isOpen.aborted) {
        fill(); // the message before may still come
        throw error;
      }
      this.#hold(to, error.retryAfterMs);
      said = ASK_LATER;
    }
    this.#showCodeForm(to, said);
    fill();
  }

  /** Wait for the message with the code, instead of any wait before. @param {Addressee} to @returns {() => void} fills the code in once it is read, on the code form */
  #receive({ contact_type }) {
    this.#receiving.abort();
    this.#receiving = new Abort();
    const { signal } = this.#receiving;
    const received = contact_type === 'phone' ? this.#env.receiveCode(signal).catch(() => '') : Promise.resolve('');
    return () => void received.then((code) => !signal.aborted && CODE.test(code) && this.#view.fillCode(code));
  }

  /** @param {Addressee} to @param {string} code @param {import('./grant.js').AccessToken} accessToken @param {AbortSignal} signal */
  #verify({ contact, contact_type }, code, accessToken, signal) {
    if (this.#attempt?.code !== code) this.#attempt = { code, key: this.#env.newKey() };
    const body = { contact, contact_type, otp_code: code };
    return this.#api.post('verify-otp', { body, accessToken, idempotencyKey: this.#attempt.key, tries: VERIFY_TRIES, signal });
  }

  /** @param {Addressee} to @param {string} [problem] */
  #showCodeForm(to, problem = '') {
    this.#to = to;
    if (this.#asked?.contact !== to.contact) this.#asked = null;
    this.#view.showCodeForm(to.shown, this.#asked?.otherChannel ?? null);
    this.#env.onStep('code');
    if (problem !== '') this.#view.showCodeProblem(problem, false);
    this.#tick();
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

  get #waitMs() {
    return remainingMs(this.#env.clock, this.#asked?.wait ?? null);
  }

  /** Another code can be had after this time. @param {Addressee} to @param {number | null} ms @param {unknown} [channels] by which it can be sent, the last used first; not known from a refusal */
  #hold({ contact }, ms, channels) {
    const known = this.#asked?.contact === contact ? this.#asked.otherChannel : null;
    const other = Array.isArray(channels) ? (channels.map(String)[1] ?? null) : known;
    this.#asked = { contact, wait: { from: this.#env.clock.now(), ms: ms ?? RESEND_AFTER_MS }, otherChannel: other };
    this.#tick();
  }

  /** Update the remaining time, once a second until it is over. */
  #tick() {
    const ms = this.#waitMs;
    this.#view.showResendIn(ms);
    this.#cancelTick();
    if (ms > 0) this.#cancelTick = after(this.#env, Math.min(TICK_MS, ms), this.#open.signal, () => this.#tick());
  }
}
