/** View of the frame document. It holds no state of the session and knows no token. */

import { PhoneField } from '../phone/phone-field.js';
import { codeIn } from '../session/contact.js';
import { Look } from './look.js';
import { BAD_CODE, durationText, LEADS, otherWayText, stoppedText } from './texts.js';

/** @typedef {'connecting' | 'guest' | 'code' | 'authenticated' | 'ended' | 'disconnected' | 'refused'} ViewState */
/**
 * @typedef {object} Actions
 * @property {(contact: string) => void} requestCode
 * @property {(code: string) => void} verifyCode
 * @property {(contact: string) => void} enterCode a code that the customer has already
 * @property {() => void} resend
 * @property {() => void} sendOtherWay
 * @property {() => void} changeContact
 * @property {() => void} signOut
 * @property {() => void} startAgain
 * @property {() => void} retry
 * @property {() => void} leaveStepUp
 */

/** Characters of a code as typed, in groups; what is longer is its message. */
const LONGEST_CODE = 12;
const STOPPED_STATES = ['ended', 'disconnected', 'refused'];

export class View {
  #document;
  #isBusy = false;
  #resendInMs = 0;
  #lead = '';
  #isStepUp = false;
  /** Focused element at the start of a step-up, focused again after it. @type {Element | null} */
  #left = null;
  #look;
  /** Country beside the contact, and its whole number below. */
  #phone;

  /** @param {Document} document @param {import('../phone/phones.js').Phones} phones @param {import('./look.js').LoadAppearance} loadAppearance */
  constructor(document, phones, loadAppearance) {
    this.#document = document;
    this.#look = new Look(document, loadAppearance);
    const find = (/** @type {string} */ id) => this.#find(id, HTMLElement);
    this.#phone = new PhoneField({ input: this.#find('contact', HTMLInputElement), button: find('country'), line: find('contact-number'), panel: find('countries') }, phones);
  }

  get card() {
    return this.#find('card', HTMLElement);
  }

  /** Container of the saved items. */
  get itemList() {
    return this.#find('items', HTMLElement);
  }

  /** @param {Actions} actions */
  listen(actions) {
    this.#onSubmit('contact-form', () => actions.requestCode(this.#find('contact', HTMLInputElement).value));
    this.#onSubmit('code-form', () => actions.verifyCode(this.#find('otp-code', HTMLInputElement).value));
    for (const [form, id] of /** @type {const} */ ([['contact', 'contact'], ['code', 'otp-code']])) this.#find(id, HTMLElement).addEventListener('input', () => this.#showProblem(form, '', false)); // it concerned the text before
    const code = this.#find('otp-code', HTMLInputElement);
    code.addEventListener('input', () => code.value.length > LONGEST_CODE && (code.value = codeIn(code.value)));
    this.#onClick('have-code', () => actions.enterCode(this.#find('contact', HTMLInputElement).value));
    this.#onClick('resend', actions.resend);
    this.#onClick('other-way', actions.sendOtherWay);
    this.#onClick('change-contact', actions.changeContact);
    this.#onClick('sign-out', actions.signOut);
    this.#onClick('start-again', actions.startAgain);
    this.#onClick('retry', actions.retry);
    this.#onClick('leave-step-up', actions.leaveStepUp);
    this.card.addEventListener('keydown', ({ key, isComposing }) => {
      if (key === 'Escape' && !isComposing && this.#isStepUp) actions.leaveStepUp();
    });
  }

  /** @param {import('../../sdk/wire.js').ElementName} element */
  setElement(element) {
    this.#lead = LEADS[element];
    this.#setText('lead', this.#lead);
  }

  /** Apply the valid parts of the shop's `appearance`; the rest is ignored. @param {Record<string, unknown>} options of the shop */
  setAppearance({ appearance }) {
    return this.#look.set(appearance);
  }

  showConnecting() {
    this.#setText('status', '');
    this.#show('connecting', 'connecting-text');
  }

  /** @param {string} [problem] @param {boolean} [isFieldWrong] whether the customer must correct the field */
  showContactForm(problem = '', isFieldWrong = false) {
    this.#setText('status', '');
    this.#phone.show();
    this.#show('guest', 'contact');
    this.#showProblem('contact', problem, isFieldWrong);
  }

  /** @param {string} contact in full, a number with its country @param {string | null} otherChannel by which the code can be sent too */
  showCodeForm(contact, otherChannel) {
    this.#setText('code-contact', contact);
    this.#find('otp-code', HTMLInputElement).value = '';
    this.#setText('other-way', otherWayText(otherChannel));
    this.#find('other-way', HTMLElement).hidden = otherChannel === null;
    this.#show('code', 'otp-code');
    this.#showProblem('code', '', false);
    this.say(`Enter the code sent to ${contact}.`);
  }

  /** Fill in a code that the browser read from its message; the customer sends it. @param {string} code */
  fillCode(code) {
    this.#find('otp-code', HTMLInputElement).value = code;
    this.#showProblem('code', '', false); // it concerned the code before
    this.say('The code from your messages is filled in.');
  }

  /** @param {string} problem @param {boolean} isFieldWrong whether the customer must correct the field */
  showCodeProblem(problem, isFieldWrong) {
    this.#showProblem('code', problem, isFieldWrong);
    if (isFieldWrong && problem !== BAD_CODE) this.#find('otp-code', HTMLInputElement).select();
  }

  /** @param {boolean} isBusy */
  showBusy(isBusy) {
    this.#isBusy = isBusy;
    if (isBusy) for (const form of /** @type {const} */ (['contact', 'code'])) this.#showProblem(form, '', false); // the message concerned the previous try
    // `aria-disabled`, since `disabled` would take the focus away from keyboard users.
    for (const id of ['request-code', 'have-code', 'verify-code', 'change-contact', 'sign-out', 'leave-step-up']) this.#setDisabled(id, isBusy);
    this.#showResend();
    this.card.setAttribute('aria-busy', String(isBusy));
  }

  /** @param {number} ms */
  showResendIn(ms) {
    this.#resendInMs = ms;
    this.#setText('resend', ms > 0 ? `Send a new code in ${durationText(ms)}` : 'Send a new code');
    this.#showResend();
  }

  #showResend() {
    for (const id of ['resend', 'other-way']) this.#setDisabled(id, this.#isBusy || this.#resendInMs > 0);
  }

  /** @param {string} owner */
  showAuthenticated(owner) {
    this.#forget();
    this.#setText('owner', owner);
    this.#setText('wallet-problem', '');
    this.#show('authenticated', 'owner');
    this.#setText('status', `Signed in: ${owner}`);
  }

  /** Step-up: ask for a code before the change that the customer wants to make. @param {string} why start of a sentence that ends with the owner’s contact */
  showStepUp(why) {
    this.#isStepUp = true;
    this.#left = this.#document.activeElement;
    const owner = this.#find('owner', HTMLElement).textContent;
    this.#setText('lead', `${why} ${owner}.`);
    this.#setText('code-lead', `It goes on with a code of ${owner}; anybody else’s signs them in instead.`);
  }

  endStepUp() {
    this.#isStepUp = false;
    this.#setText('lead', this.#lead);
    this.#setText('code-lead', '');
  }

  /** Show the wallet again as it was before the step-up. */
  showWallet() {
    this.endStepUp();
    this.#forget();
    this.#show('authenticated', 'owner');
    if (this.#isInUse() && this.#left instanceof HTMLElement && this.#left.isConnected) this.#left.focus();
    this.#left = null;
  }

  showWalletLoading() {
    this.#showPart('wallet-loading');
    this.#setText('wallet-problem', '');
  }

  /** Show the loaded wallet. @param {string} owner masked contact, as the API returns it */
  showWalletOf(owner) {
    this.#setText('owner', owner);
    this.#setText('wallet-problem', '');
    this.#showPart('items');
  }

  /** @param {string} problem */
  showWalletUnreachable(problem) {
    this.#showPart('unreachable');
    this.showWalletProblem(problem);
  }

  /** Announce a text to screen readers. @param {string} text */
  say(text) {
    const isRepeated = this.#find('status', HTMLElement).textContent === text;
    this.#setText('status', isRepeated ? `${text}\u00a0` : text); // an unchanged text would not be read out again
  }

  /** @param {'wallet-loading' | 'unreachable' | 'items'} shown */
  #showPart(shown) {
    const { activeElement } = this.#document;
    for (const id of ['wallet-loading', 'unreachable', 'items']) {
      const part = this.#find(id, HTMLElement);
      part.hidden = id !== shown;
      if (part.hidden && part.contains(activeElement) && this.#isInUse()) this.#find('owner', HTMLElement).focus();
    }
  }

  /** @param {string} problem */
  showWalletProblem(problem) {
    this.#setText('wallet-problem', problem);
  }

  /** Show that the element has stopped; `ended` and `disconnected` offer a new start. @param {'ended' | 'disconnected' | 'refused'} state @param {string} reason */
  showStopped(state, reason) {
    this.#forget();
    this.#setText('owner', '');
    const canStartAgain = state !== 'refused';
    this.#find('start-again', HTMLElement).hidden = !canStartAgain;
    this.#setText('stopped-text', stoppedText(reason));
    this.#document.documentElement.dataset.reason = reason;
    this.#show(state, canStartAgain ? 'start-again' : 'stopped-text');
    this.#setText('status', stoppedText(reason));
  }

  /** Clear what the customer typed: the next customer must not see it. */
  #forget() {
    for (const id of ['contact', 'otp-code']) this.#find(id, HTMLInputElement).value = '';
    for (const id of ['code-contact', 'status']) this.#setText(id, '');
  }

  /** @param {ViewState} state @param {string} [focusId] id of the element to focus, if the focus was in this document */
  #show(state, focusId) {
    const wasInUse = this.#isInUse();
    const root = this.#document.documentElement;
    const hasChanged = root.dataset.state !== state;
    root.dataset.state = state;
    const name = STOPPED_STATES.includes(state) ? 'stopped' : state;
    if (name !== 'stopped') delete root.dataset.reason;
    for (const section of this.#document.querySelectorAll('[data-view]')) {
      if (section instanceof HTMLElement) section.hidden = section.dataset.view !== name;
    }
    this.#find('step-up', HTMLElement).hidden = !this.#isStepUp || !['guest', 'code'].includes(state);
    if (hasChanged && wasInUse && focusId) this.#find(focusId, HTMLElement).focus();
  }

  /** Whether the focus is in this document: it must never be taken from the shop's own form. */
  #isInUse() {
    const { activeElement, body } = this.#document;
    return this.#document.hasFocus() && activeElement !== null && activeElement !== body;
  }

  /** @param {'contact' | 'code'} form @param {string} problem @param {boolean} isFieldWrong */
  #showProblem(form, problem, isFieldWrong) {
    this.#setText(`${form}-problem`, problem);
    const field = this.#find(form === 'contact' ? 'contact' : 'otp-code', HTMLInputElement);
    field.setAttribute('aria-invalid', String(isFieldWrong));
    if (isFieldWrong && this.#isInUse()) field.focus();
  }

  /** @param {string} id @param {() => void} action */
  #onSubmit(id, action) {
    this.#find(id, HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      action();
    });
  }

  /** @param {string} id @param {() => void} action */
  #onClick(id, action) {
    const button = this.#find(id, HTMLElement);
    button.addEventListener('click', () => {
      if (button.getAttribute('aria-disabled') !== 'true') action();
    });
  }

  /** @param {string} id @param {boolean} isDisabled */
  #setDisabled(id, isDisabled) {
    this.#find(id, HTMLElement).setAttribute('aria-disabled', String(isDisabled));
  }

  /** @param {string} id @param {string} text */
  #setText(id, text) {
    this.#find(id, HTMLElement).textContent = text;
  }

  /** @template {HTMLElement} T @param {string} id @param {new () => T} type @returns {T} */
  #find(id, type) {
    const found = this.#document.getElementById(id);
    if (!(found instanceof type)) throw new Error(`frame.html has no ${type.name} #${id}`);
    return found;
  }
}
