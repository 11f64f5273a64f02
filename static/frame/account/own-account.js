/**
 * What a customer does with their contacts and account. Adding and removing a contact, closing the account and taking its data along each begin with a
 * code that goes to a contact which the customer has, for that purpose alone: whoever holds the session, and no contact, can do none of them.
 */

import { codeIn, digitsOf, readEmail } from '../session/contact.js';
import { ACCOUNT, ACCOUNT_DONE, BAD_CODE, DONE, SENT_AGAIN } from '../texts/en.js';
import { fill, fillAll, translate } from '../texts/translate.js';
import { contactProblemText } from '../ui/texts.js';
import { AccountCalls } from './account-calls.js';
import { accountProblemText, dayText } from './account-texts.js';

const CODE = /^\d{6}$/;
/** Errors that the customer corrects in the field itself. */
const FIELD_IS_WRONG = new Set(['OTP_INVALID', 'VALIDATION_ERROR', 'COUNTRY_NOT_SUPPORTED', 'RESERVED_CONTACT']);

/** @typedef {import('../session/api.js').ApiError} ApiError */
/** @typedef {import('./account-calls.js').OwnContact} OwnContact */
/** @typedef {import('./account-calls.js').Purpose} Purpose */
/** @typedef {import('./account-calls.js').Typed} Typed */
/**
 * @typedef {object} Task what the customer is about to do
 * @property {Purpose} purpose
 * @property {OwnContact | null} contact to be removed
 * @property {Typed} typed what a contact is typed for, where one is
 * @property {string | null} confirmation what the code gave, once it was right
 * @property {{ body: import('./account-calls.js').CodeBody, shown: string, isPhone: boolean, otherWay: string | null } | null} code that was sent last, and where to
 */
/** @typedef {Pick<import('../elements/item-list.js').Hooks, 'hasCode' | 'stepUp' | 'reload' | 'onStep' | 'errorOf' | 'say'>} AccountHooks */
/** @typedef {import('./account-view.js').AccountView} AccountDisplay */

export class Account {
  #calls;
  #view;
  #hooks;
  /** @type {OwnContact[]} */
  #contacts = [];
  /** @type {Task | null} */
  #task = null;
  /** Whether more is shown than the way in. */
  #isOpen = false;
  #isBusy = false;
  /** Called when the customer is done, where the account was opened for one task alone. @type {(() => void) | null} */
  #onGivenUp = null;
  /** The contacts that are being loaded after a change. @type {Promise<void>} */
  #showing = Promise.resolve();
  #life = new AbortController();
  /** Show the same in the customer's language, which has changed. A form stays as it is, with what was typed. */
  redraw = () => {};

  /** @param {null} _kind there is none @param {import('../elements/wallet-api.js').WalletApi} api @param {AccountDisplay} view @param {AccountHooks} hooks */
  constructor(_kind, api, view, hooks) {
    this.#calls = new AccountCalls(api);
    this.#view = view;
    this.#hooks = hooks;
    view.listen(this);
  }

  /** The customer's data was loaded: show the way in, or the contacts again as they are now. */
  show() {
    this.#hooks.onStep('done');
    if (!this.#isOpen) this.#door();
    else this.#showing = this.#isBusy ? this.#home() : this.#work(() => this.#home());
  }

  /** Abort requests and forget everything: the customer has left. */
  close() {
    this.#life.abort();
    this.#life = new AbortController();
    this.#contacts = [];
    this.#task = null;
    this.#isOpen = false;
    this.#calls.forget();
    this.redraw = () => {};
    this.#setBusy(false); // the view too, which whoever signs in next gets
    this.#view.clear();
  }

  open = () => void this.#work(() => this.#home());

  /** Add a contact, and nothing else. @param {() => void} onGivenUp called when the customer gives up */
  openToAdd(onGivenUp) {
    this.#onGivenUp = onGivenUp;
    this.#guarded(() => this.#work(async () => {
      this.#contacts = await this.#calls.contacts();
      this.#isOpen = true;
      this.#ask('add_contact');
    }));
  }

  /** Shut what was opened. */
  shut = () => {
    if (!this.#isBusy) this.#door();
  };

  /** @param {Purpose} purpose @param {string} [id] of the contact concerned @param {Typed} [typed] */
  begin = (purpose, id, typed) => {
    this.#guarded(() => this.#ask(purpose, this.#contacts.find((contact) => contact.id === id) ?? null, '', typed));
  };

  /** Send the code of the task to one of the customer's contacts. @param {string} id */
  sendCode = (id) => this.#work(async (task) => {
    const to = this.#contacts.find((contact) => contact.id === id);
    if (to) await this.#send(task, { purpose: task.purpose, contact_id: to.id }, to.shown, to.type === 'phone');
  });

  /** Send a code to the contact that is to be added. @param {string} typed */
  sendToNew = (typed) => this.#work(async (task) => {
    const { phones } = this.#view;
    const to = readEmail(typed) ?? (await phones.readShown(typed));
    if (to === null) return this.#view.showProblem(contactProblemText(digitsOf(typed), phones.country !== null) ?? '', true);
    await this.#send(task, { purpose: task.typed, contact: to.contact, contact_type: to.contact_type }, to.shown, to.contact_type === 'phone');
  });

  /** @param {boolean} isOtherWay by the channel that was not used last */
  resend = (isOtherWay) => this.#work(async ({ code, confirmation }) => {
    if (code === null) return;
    const fill = this.#view.receive(code.isPhone);
    const sent = await this.#calls.askForCode(code.body, confirmation, isOtherWay ? code.otherWay : null).finally(fill); // also where none is sent: the message before may still come
    code.otherWay = sent.otherWay;
    this.#view.showSent(sent);
    this.#view.showNews(SENT_AGAIN);
  });

  /** @param {string} typed */
  enter = (typed) => this.#work(async (task) => {
    const { signal } = this.#life;
    const code = codeIn(typed);
    if (task.code === null) return;
    if (task.confirmation === null || task.purpose === 'add_contact') {
      if (!CODE.test(code)) return this.#view.showProblem(BAD_CODE, true);
      const confirmation = await this.#calls.prove(task.code.body, code, task.confirmation);
      if (signal.aborted) return;
      task.confirmation ??= confirmation;
    }
    if (task.code.body.purpose === 'former_contact') return this.#changed(translate(ACCOUNT_DONE.former), true);
    if (task.code.body.purpose === 'new_contact') return this.#changed(fill(ACCOUNT_DONE.added, task.code.shown));
    await this.#carryOut(task);
  }, true);

  /** Back to the contacts; what was begun is given up. */
  back = () => {
    if (this.#isBusy) return;
    this.#task = null;
    this.#view.endReceiving();
    if (this.#onGivenUp) this.#onGivenUp();
    else void this.#work(() => this.#home());
  };

  /** @param {Task} task */
  async #carryOut(task) {
    switch (task.purpose) {
      case 'add_contact':
        task.code = null;
        return this.#view.showTyping(task.typed);
      case 'export_account':
        return this.#view.showExport(JSON.stringify(await this.#calls.exported(task.confirmation), null, 2));
      case 'close_account':
        await this.#calls.close(task.confirmation);
        return this.#view.showClosed();
      default: {
        const { id = '', shown = '' } = task.contact ?? {};
        const leavesAt = await this.#calls.remove(id, task.confirmation);
        return this.#changed(leavesAt === null ? fill(DONE.removed, shown) : fillAll(ACCOUNT_DONE.leaves, { contact: shown, day: dayText(leavesAt) }));
      }
    }
  }

  /** @param {Task} task @param {import('./account-calls.js').CodeBody} body @param {string} shown @param {boolean} isPhone */
  async #send(task, body, shown, isPhone) {
    const fill = this.#view.receive(isPhone); // now: the browser finds no message that came before
    try {
      const sent = await this.#calls.askForCode(body, task.confirmation);
      if (this.#task !== task) return;
      task.code = { body, shown, isPhone, otherWay: sent.otherWay };
      this.#view.showCode({ task, shown });
      this.#view.showSent(sent);
      fill();
    } catch (error) {
      if (this.#task === task) this.#view.endReceiving();
      throw error;
    }
  }

  /** The contacts are others now: everything on the page that shows the owner shows it anew. @param {string} done @param {boolean} [isNews] whether it is to be read too, since the contacts do not show it */
  async #changed(done, isNews = false) {
    this.#task = null;
    this.#view.endReceiving();
    if (!isNews) this.#hooks.say(done);
    const tellOthers = this.#view.watchOwner(isNews ? done : '');
    await this.#hooks.reload(done);
    try {
      await this.#showing;
      if (isNews) this.#view.showNews(done);
    } catch (error) {
      this.#onRefused(error, false, done);
    }
    tellOthers();
  }

  #door() {
    this.#isOpen = false;
    this.#task = null;
    this.#view.showDoor();
    this.redraw = () => this.#door();
  }

  async #home() {
    const { signal } = this.#life;
    try {
      const contacts = await this.#calls.contacts();
      if (signal.aborted) return;
      this.#contacts = contacts;
      this.#isOpen = true;
      this.#showHome();
    } catch (error) {
      if (!signal.aborted) this.#door(); // the form before is of no task any more
      throw error;
    }
  }

  #showHome() {
    this.#task = null;
    this.#view.showHome(this.#contacts);
    this.redraw = () => this.#showHome();
  }

  /** @param {Purpose} purpose @param {OwnContact | null} [contact] @param {string} [problem] @param {Typed} [typed] */
  #ask(purpose, contact = null, problem = '', typed = 'new_contact') {
    this.#task = { purpose, contact, typed, confirmation: null, code: null };
    this.redraw = () => {};
    this.#hooks.onStep('done'); // also after a code that came before it
    const usable = typed === 'former_contact' ? this.#contacts.slice(0, 1) : this.#contacts.filter(({ id, leavesAt }) => leavesAt === null || id === contact?.id); // an earlier account is found by the number itself
    this.#view.showAsk(this.#task, usable);
    if (problem) this.#view.showProblem(problem, false);
  }

  /** Run a task of a customer who has proved by a code who they are; ask for one first where they have not. @param {() => unknown} task */
  #guarded(task) {
    if (this.#isBusy) return;
    if (this.#hooks.hasCode()) task();
    else this.#hooks.stepUp(ACCOUNT.stepUp, task);
  }

  /**
   * Do one thing at a time; where the customer has left meanwhile, its outcome is nobody's.
   * @param {(task: Task) => unknown} work @param {boolean} [isWrite] whether it may have been done although no answer came
   */
  async #work(work, isWrite = false) {
    if (this.#isBusy) return;
    const { signal } = this.#life;
    this.#setBusy(true);
    try {
      await work(/** @type {Task} */ (this.#task));
    } catch (error) {
      if (!signal.aborted) this.#onRefused(error, isWrite);
    } finally {
      if (!signal.aborted) this.#setBusy(false);
    }
  }

  /** @param {unknown} failure @param {boolean} isWrite @param {string} [done] what was done before */
  #onRefused(failure, isWrite, done = '') {
    if (failure instanceof DOMException && failure.name === 'AbortError') return; // a sign-out aborted the request and reports its own outcome
    const error = this.#hooks.errorOf(failure);
    const task = this.#task;
    const text = `${done} ${accountProblemText(error, isWrite)}`.trim();
    if (error.code === 'INSUFFICIENT_SCOPE' && error.details.missing === 'amr') {
      this.#setBusy(false);
      return this.#hooks.stepUp(ACCOUNT.stepUp, this.back);
    }
    if (task && (error.code === 'CONFIRMATION_REQUIRED' || (error.code === 'CONFLICT' && task.purpose === 'add_contact'))) return this.#ask(task.purpose, task.contact, text, task.typed); // its right is used up
    if (task?.code && error.code === 'RATE_LIMITED' && error.retryAfterMs) this.#view.showSent({ askAgainMs: error.retryAfterMs, otherWay: task.code.otherWay });
    this.#view.showProblem(text, FIELD_IS_WRONG.has(error.code), /^OTP_[AE]/.test(error.code));
  }

  /** @param {boolean} isBusy */
  #setBusy(isBusy) {
    this.#isBusy = isBusy;
    this.#view.showBusy(isBusy);
  }
}
