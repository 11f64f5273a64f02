/** View of the frame document. It holds no state of the session and knows no token. */

import { PhoneField } from '../phone/phone-field.js';
import { codeIn } from '../session/contact.js';
import { BAD_CODE, CODE_FILLED_IN, ENTER_CODE, HEADING, LEAD, SENT_AGAIN, SIGNED_IN, WAIT } from '../texts/en.js';
import { Language } from '../texts/language.js';
import { fill, translate } from '../texts/translate.js';
import { Buttons } from './buttons.js';
import { isInUse } from './dom.js';
import { Look } from './look.js';
import { showOwner } from './owner.js';
import { Status, tell } from './status.js';
import { againText, durationText, otherWayText, stoppedText, textOfThings } from './texts.js';

/** @typedef {'connecting' | 'guest' | 'code' | 'authenticated' | 'ended' | 'disconnected' | 'refused' | 'dismissed' | 'slow'} ViewState */
/**
 * @typedef {object} Actions
 * @property {(contact: string) => void} requestCode
 * @property {(code: string) => void} verifyCode
 * @property {(contact: string) => void} enterCode a code that the customer has already
 * @property {() => void} resend
 * @property {() => void} sendOtherWay
 * @property {() => void} changeContact
 * @property {() => void} signOut
 * @property {() => void} dismiss
 * @property {() => void} startAgain
 * @property {() => void} retry
 * @property {() => void} leaveStepUp
 */

const FORMS = /** @type {const} */ (['contact', 'code']);
const FIELDS = { contact: 'contact', code: 'otp-code' };
/** Characters of a code as typed, in groups; what is longer is its message. */
const LONGEST_CODE = 12;

export class View {
  #document;
  #isBusy = false;
  #buttons = new Buttons();
  #resendInMs = 0;
  #lead = '';
  #isStepUp = false;
  /** Focused element at the start of a step-up, focused again after it. @type {Element | null} */
  #left = null;
  #look;
  #language;
  #status;
  /** Country beside the contact, and its whole number below. */
  #phone;
  /** Buttons that go on without Link. A document of the release before has one or none. */
  #exits;

  /** @param {Document} document @param {import('../phone/phones.js').Phones} phones @param {import('./look.js').LoadAppearance} loadAppearance @param {import('../texts/language.js').Languages} languages */
  constructor(document, phones, loadAppearance, languages) {
    this.#document = document;
    this.#language = new Language(languages);
    this.#look = new Look(document, loadAppearance);
    this.#status = new Status(this.#find('status'), document.defaultView);
    this.#phone = new PhoneField({ input: this.#find('contact'), button: this.#find('country'), line: this.#find('contact-number'), panel: this.#find('countries') }, phones);
    this.#exits = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[id^=dismiss]'));
    this.card = this.#find('card');
    this.itemList = this.#find('items');
  }

  /** @param {Actions} actions */
  listen(actions) {
    this.#on('request-code', () => actions.requestCode(this.#find('contact').value), 'contact-form');
    this.#on('verify-code', () => actions.verifyCode(this.#find('otp-code').value), 'code-form');
    for (const form of FORMS) this.#find(FIELDS[form]).addEventListener('input', () => this.#showProblem(form, '', false)); // it concerned the text before
    const code = this.#find('otp-code');
    code.addEventListener('input', () => code.value.length > LONGEST_CODE && (code.value = codeIn(code.value)));
    this.#on('have-code', () => actions.enterCode(this.#find('contact').value));
    this.#on('resend', actions.resend);
    this.#on('other-way', actions.sendOtherWay);
    this.#on('change-contact', actions.changeContact);
    this.#on('sign-out', actions.signOut);
    for (const exit of this.#exits) this.#buttons.listen(exit, actions.dismiss);
    this.#on('start-again', actions.startAgain);
    this.#on('retry', actions.retry);
    this.#on('leave-step-up', actions.leaveStepUp);
    this.card.addEventListener('keydown', ({ key, isComposing }) => {
      if (key === 'Escape' && !isComposing && this.#isStepUp) actions.leaveStepUp();
    });
  }

  /** Also in another language than before. @param {import('../../sdk/wire.js').ElementName} element */
  setElement(element) {
    this.#lead = textOfThings(LEAD, element);
    if (!this.#isStepUp) this.endStepUp();
    this.#document.querySelector('h1')?.setAttribute('aria-label', textOfThings(HEADING, element));
  }

  /** Apply the valid parts of the shop's `appearance`, and its language, or the browser's; the rest is ignored. @param {Record<string, unknown>} options of the shop */
  async setAppearance({ appearance }) {
    const { locale, ...look } = /** @type {Record<string, unknown>} */ (appearance ?? {});
    const hasTexts = !locale || this.#language.of(locale); // else the code of appearances knows what is named by it
    await Promise.all([this.#language.set(locale), this.#look.set(hasTexts ? look : appearance)]);
  }

  showConnecting() {
    this.#status.forget();
    this.#show('connecting', 'connecting-text');
  }

  /** Words in place of bars that stand for long. Nothing is stopped by it. */
  showSlow() {
    if (this.#document.documentElement.dataset.state === 'connecting') this.showStopped('slow', 'slow');
  }

  /** @param {string} [problem] @param {boolean} [isFieldWrong] whether the customer must correct the field */
  showContactForm(problem = '', isFieldWrong = false) {
    this.#status.forget();
    this.#phone.show();
    this.#show('guest', 'contact');
    this.#showProblem('contact', problem, isFieldWrong);
  }

  /** @param {string} contact in full, a number with its country @param {string | null} otherChannel by which the code can be sent too */
  showCodeForm(contact, otherChannel) {
    this.#buttons.showBusy(false);
    showOwner(this.#find('code-contact'), contact);
    this.#find('otp-code').value = '';
    this.#setText('other-way', otherWayText(otherChannel));
    this.#find('other-way').hidden = otherChannel === null;
    this.#show('code', 'otp-code');
    this.showCodeProblem('', false);
    this.say(fill(ENTER_CODE, contact));
  }

  /** Fill in a code that the browser read from its message; the customer sends it. @param {string} code */
  fillCode(code) {
    this.#find('otp-code').value = code;
    this.#showProblem('code', '', false); // it concerned the code before
    this.say(CODE_FILLED_IN);
  }

  /** @param {string} problem @param {boolean} isFieldWrong whether the customer must correct the field @param {boolean} [isSpent] whether only another code can help */
  showCodeProblem(problem, isFieldWrong, isSpent = false) {
    this.#showProblem('code', problem, isFieldWrong);
    this.#find('code-problem').classList.toggle('quiet', problem === SENT_AGAIN); // news, and nothing wrong
    const code = this.#find('otp-code');
    if (isFieldWrong && problem !== BAD_CODE) code.select();
    if (isSpent) code.value = '';
    for (const id of ['verify-code', 'resend']) this.#find(id).classList.toggle('plain', isSpent === (id === 'verify-code')); // the button weighs more that is the next step
  }

  /** @param {boolean} isBusy */
  showBusy(isBusy) {
    this.#isBusy = isBusy;
    this.#buttons.showBusy(isBusy);
    if (isBusy) for (const form of FORMS) this.#showProblem(form, '', false); // the message concerned the previous try
    if (isBusy) this.showSignOutProblem('');
    for (const id of ['request-code', 'have-code', 'verify-code', 'change-contact', 'sign-out', 'leave-step-up', 'dismiss-code']) this.#setDisabled(id, isBusy); // `aria-disabled`, since `disabled` would take the focus away from keyboard users
    this.#showResend();
    this.card.setAttribute('aria-busy', String(isBusy));
  }

  /** @param {number} ms */
  showResendIn(ms) {
    this.#resendInMs = ms;
    this.#document.getElementById('resend-wait')?.replaceChildren(ms > 0 ? fill(WAIT, durationText(ms)) : ''); // outside of the button, whose name would change each second. A document of the release before has no place for it
    this.#showResend();
  }

  #showResend() {
    for (const id of ['resend', 'other-way']) this.#setDisabled(id, this.#isBusy || this.#resendInMs > 0);
  }

  /** @param {string} owner */
  showAuthenticated(owner) {
    this.#forget();
    showOwner(this.#find('owner'), owner);
    this.#setText('wallet-problem', '');
    this.showSignOutProblem('');
    this.#show('authenticated', 'owner');
    this.say(fill(SIGNED_IN, translate(owner)));
  }

  /** Step-up: ask for a code before the change that the customer wants to make. @param {string} why start of a sentence that ends with the owner’s contact */
  showStepUp(why) {
    this.#isStepUp = true;
    this.#left = this.#document.activeElement;
    this.#setText('lead', `${translate(why)} ${this.#find('owner').textContent}.`);
  }

  endStepUp() {
    this.#isStepUp = false;
    this.#setText('lead', this.#lead);
  }

  /** Show the wallet again as it was before the step-up. */
  showWallet() {
    this.endStepUp();
    this.#forget();
    this.#show('authenticated', 'owner');
    if (isInUse(this.#document) && this.#left instanceof HTMLElement && this.#left.isConnected) this.#left.focus();
    this.#left = null;
  }

  showWalletLoading() {
    this.#showPart('wallet-loading');
    this.#setText('wallet-problem', '');
  }

  /** Show the loaded wallet. @param {string} owner masked contact, as the API returns it */
  showWalletOf(owner) {
    showOwner(this.#find('owner'), owner);
    this.#setText('wallet-problem', '');
    this.#showPart('items');
  }

  /** @param {string} problem */
  showWalletUnreachable(problem) {
    this.#showPart('unreachable');
    tell(this.#find('wallet-problem'), problem);
  }

  /** Announce a text to screen readers. @param {string} text */
  say(text) {
    this.#status.say(text);
  }

  /** @param {'wallet-loading' | 'unreachable' | 'items'} shown */
  #showPart(shown) {
    const { activeElement } = this.#document;
    for (const id of ['wallet-loading', 'unreachable', 'items']) {
      const part = this.#find(id);
      part.hidden = id !== shown;
      if (part.hidden && part.contains(activeElement) && isInUse(this.#document)) this.#find('owner').focus();
    }
  }

  /** Beside the button; in a document of the release before, below the wallet. @param {string} problem */
  showSignOutProblem(problem) {
    tell(this.#document.getElementById('sign-out-problem') ?? this.#find('wallet-problem'), problem);
  }

  /** Show that the element has stopped; `ended` and `disconnected` offer a new start, `dismissed` is one line with a way back, and `slow` goes on by itself. @param {'ended' | 'disconnected' | 'refused' | 'dismissed' | 'slow'} state @param {string} reason */
  showStopped(state, reason) {
    this.#forget();
    this.#setText('owner', '');
    const again = againText(state, reason);
    Object.assign(this.#find('start-again'), { hidden: again === '', textContent: again, className: state === 'dismissed' ? 'plain' : '' });
    this.#setText('stopped-text', stoppedText(reason));
    this.#document.documentElement.dataset.reason = reason;
    this.#show(state, again ? 'start-again' : 'stopped-text');
    this.say(stoppedText(reason));
  }

  /** Clear what the customer typed: the next customer must not see it. */
  #forget() {
    for (const form of FORMS) this.#find(FIELDS[form]).value = '';
    this.#setText('code-contact', '');
    this.#status.forget();
  }

  /** @param {ViewState} state @param {string} [focusId] id of the element to focus, if the focus was in this document */
  #show(state, focusId) {
    const wasInUse = isInUse(this.#document);
    const root = this.#document.documentElement;
    const hasChanged = root.dataset.state !== state;
    root.dataset.state = state;
    const name = this.#document.querySelector(`[data-view=${state}]`) ? state : 'stopped';
    if (name !== 'stopped') delete root.dataset.reason;
    for (const section of this.#document.querySelectorAll('[data-view]')) {
      if (section instanceof HTMLElement) section.hidden = section.dataset.view !== name;
    }
    this.#find('step-up').hidden = !this.#isStepUp || !['guest', 'code'].includes(state);
    for (const exit of this.#exits) exit.hidden = this.#isStepUp; // there it is *Go back*
    if (hasChanged && wasInUse && focusId) this.#find(focusId).focus();
  }

  /** @param {'contact' | 'code'} form @param {string} problem @param {boolean} isFieldWrong */
  #showProblem(form, problem, isFieldWrong) {
    tell(this.#find(`${form}-problem`), problem);
    const field = this.#find(FIELDS[form]);
    field.setAttribute('aria-invalid', String(isFieldWrong));
    if (isFieldWrong && isInUse(this.#document)) field.focus();
  }

  /** @param {string} id of a button @param {() => void} action @param {string} [formId] of the form that it submits */
  #on(id, action, formId) {
    this.#buttons.listen(this.#find(id), action, formId && this.#find(formId));
  }

  /** @param {string} id @param {boolean} isDisabled */
  #setDisabled(id, isDisabled) {
    this.#document.getElementById(id)?.setAttribute('aria-disabled', String(isDisabled));
  }

  /** @param {string} id @param {string} text */
  #setText(id, text) {
    this.#find(id).textContent = text;
  }

  /** Part of `frame.html`, which has it (`tests/frame/ui/view.test.js`); of the fields, with their `value`. @param {string} id */
  #find(id) {
    return /** @type {HTMLInputElement} */ (this.#document.getElementById(id));
  }
}
