/** View of the customer's contacts and account, in the place of the saved items: the way in, the contacts, and one form for each step of a task. */

import { ACCOUNT, ACCOUNT_ASKING, ACCOUNT_CODES, ACCOUNT_DONE, BAD_CODE, BUTTON_OF, BUTTONS, CODE_FILLED_IN, WAIT } from '../texts/en.js';
import { fill, fillAll, translate } from '../texts/translate.js';
import { button, isInUse, node, showWork } from '../ui/dom.js';
import { showOwner } from '../ui/owner.js';
import { tell } from '../ui/status.js';
import { durationText, otherWayText } from '../ui/texts.js';
import { dayText } from './account-texts.js';
import { sayAtEnd, showClosed } from './closed.js';
import { exportNodes } from './export-file.js';
import { othersOf } from './other-elements.js';
import { Receiving } from './receiving.js';
import { titleOf, wordsOf } from './tasks.js';

/** @typedef {import('./account-calls.js').OwnContact} OwnContact */
/** @typedef {import('./account-calls.js').Purpose} Purpose */
/** @typedef {import('./account-calls.js').Typed} Typed */
/** @typedef {import('./tasks.js').Asked} Asked */
/**
 * @typedef {object} Actions
 * @property {() => void} open
 * @property {() => void} shut
 * @property {(purpose: Purpose, id?: string, typed?: Typed) => void} begin
 * @property {(id: string) => void} sendCode
 * @property {(typed: string) => void} sendToNew
 * @property {(typed: string) => void} enter
 * @property {(isOtherWay: boolean) => void} resend
 * @property {() => void} back
 * @property {() => void} redraw
 */
/** @typedef {{ title: string, parts: (Node | null)[], submit: string, work: string, kind?: string, onSubmit: () => void, others?: (Node | null)[] }} FormParts `work` is what the button says meanwhile */

export class AccountView {
  #mount;
  #phoneField;
  /** @type {Actions | null} */
  #actions = null;
  /** What the pressed button says at work. */
  #work = '';
  #endWork = () => {};
  #isBusy = false;
  #endWait = () => {};
  #receiving = new Receiving();
  /** Of numbers, shared with every field of this document. */
  phones;

  /** @param {HTMLElement} mount @param {null} _kind there is none @param {import('../elements/item-form.js').MakePhoneField} phoneField @param {import('../phone/phones.js').Phones} phones */
  constructor(mount, _kind, phoneField, phones) {
    this.#mount = mount;
    this.#phoneField = phoneField;
    this.phones = phones;
  }

  /** @param {Actions} actions */
  listen(actions) {
    this.#actions = actions;
    document.addEventListener('languagechange', () => actions.redraw());
  }

  showDoor() {
    const open = button(ACCOUNT.title, { kind: 'plain', key: 'open', onClick: () => this.#act().open() });
    this.#replace(node('div', { class: 'account' }, node('p', { class: 'buttons' }, open), problemLine()), 'open', ACCOUNT.loading);
  }

  /** @param {readonly OwnContact[]} contacts */
  showHome(contacts) {
    const staying = contacts.filter(({ leavesAt }) => leavesAt === null);
    const isByNumber = contacts[0]?.type === 'phone'; // the first contact of whoever began anew with it
    const { begin, shut } = this.#act();
    const plain = (/** @type {string} */ text, /** @type {string} */ key, /** @type {() => void} */ onClick, kind = '') => button(text, { kind: `plain ${kind}`.trim(), key, onClick });
    const root = node('div', { class: 'account', role: 'group', 'aria-labelledby': 'account-title' },
      title(translate(ACCOUNT.title)),
      node('ul', { class: 'contacts' }, ...contacts.map((contact) => this.#row(contact, contact.leavesAt === null && staying.length > 1))),
      staying.length < 2 ? node('p', { class: 'quiet' }, translate(ACCOUNT.only)) : null,
      problemLine(),
      node('p', { class: 'buttons' }, plain(ACCOUNT.add, 'add_contact', () => begin('add_contact'), 'main'), isByNumber ? plain(ACCOUNT.former, 'former_contact', () => begin('add_contact', undefined, 'former_contact')) : '', plain(ACCOUNT.export, 'export_account', () => begin('export_account')), plain(ACCOUNT.close, 'close_account', () => begin('close_account'), 'remove'), plain(ACCOUNT.back, 'back', shut)));
    this.#escape(root, shut);
    this.#replace(root, 'title');
  }

  /** Before a code: what will be done, and which contact it goes to. @param {Asked} task @param {readonly OwnContact[]} usable */
  showAsk(task, usable) {
    const { contact } = task;
    const { words } = wordsOf(task);
    const select = node('select', { id: 'field-to', 'aria-describedby': 'account-when' }, ...usable.map(({ id, shown }) => node('option', { value: id }, shown)));
    if (contact && usable.includes(contact)) select.value = contact.id; // with it the contact goes at once
    const when = node('p', { id: 'account-when', class: 'hint', 'aria-live': 'polite' });
    const say = () => { when.textContent = contact === null ? '' : translate(select.value === contact.id ? ACCOUNT_ASKING.atOnce : ACCOUNT_ASKING.later); };
    select.addEventListener('change', say);
    say();
    const to = node('div', { class: 'field' }, node('label', { for: select.id }, translate(ACCOUNT_ASKING.to)), select, when);
    this.#form({
      title: titleOf(task),
      parts: [...words.map((text) => node('p', {}, translate(text))), to],
      submit: ACCOUNT_CODES.sendCode, work: ACCOUNT_CODES.sending,
      onSubmit: () => this.#act().sendCode(select.value),
    });
  }

  /** @param {{ task: Asked, shown: string }} sent what for, and where to */
  showCode({ task, shown }) {
    const { act, work, kind } = wordsOf(task);
    const input = node('input', { id: 'account-code', inputmode: 'numeric', autocomplete: 'one-time-code', enterkeyhint: 'done', 'aria-describedby': 'account-what account-problem' });
    const to = node('strong');
    showOwner(to, shown);
    const again = button(ACCOUNT_CODES.sendAgain, { kind: 'plain', key: 'resend', onClick: () => this.#act().resend(false) });
    const other = button('', { kind: 'plain', key: 'other-way', onClick: () => this.#act().resend(true) });
    this.#form({
      title: titleOf(task),
      parts: [node('p', { id: 'account-what' }, translate(ACCOUNT_CODES.codeSentTo), node('br'), to), node('label', { for: input.id }, translate(ACCOUNT_CODES.code)), input],
      submit: act, work, kind,
      onSubmit: () => this.#act().enter(input.value),
      others: [again, node('span', { id: 'account-wait', class: 'quiet' }), other],
    });
  }

  /** The form that takes a contact, as the sign-in's. @param {Typed} typed */
  showTyping(typed) {
    const isNew = typed === 'new_contact';
    const input = node('input', { id: 'account-contact', inputmode: 'email', autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', maxlength: '254', enterkeyhint: 'send', 'aria-describedby': 'account-what account-number account-problem' });
    const country = node('button', { type: 'button', class: 'country' });
    const [line, panel] = [node('p', { id: 'account-number', class: 'number' }), node('div')];
    this.#form({
      title: translate(isNew ? ACCOUNT.add : ACCOUNT.former),
      parts: [node('p', { id: 'account-what' }, translate(isNew ? ACCOUNT_ASKING.newContact : ACCOUNT_ASKING.formerContact)), node('label', { for: input.id }, translate(isNew ? ACCOUNT_ASKING.contact : ACCOUNT_ASKING.other)), node('div', { class: 'phone' }, country, input), panel, line],
      submit: ACCOUNT_CODES.sendCode, work: ACCOUNT_CODES.sending,
      onSubmit: () => this.#act().sendToNew(input.value),
    });
    this.#phoneField({ input, button: country, line, panel });
  }

  /** @param {string} text all that is kept of the customer, as JSON */
  showExport(text) {
    const done = button(ACCOUNT.back, { kind: 'plain', key: 'back', onClick: () => this.#act().back() });
    const root = node('div', { class: 'account', role: 'group', 'aria-labelledby': 'account-title' }, title(translate(ACCOUNT.export)), ...exportNodes(text, (news) => this.showNews(news)), problemLine(), node('p', { class: 'buttons' }, done));
    this.#escape(root, () => this.#act().back());
    this.#replace(root, 'title');
  }

  /** The account is closed: the element signs out, and others of the page with it. */
  showClosed() {
    this.showBusy(false);
    this.#replace(node('div', { class: 'account' }, title(translate(ACCOUNT_DONE.closed))), 'title'); // the focus waits there for the next view
    showClosed();
  }

  /** @param {string} problem @param {boolean} isFieldWrong whether the customer must correct the field @param {boolean} [isSpent] whether only another code can help */
  showProblem(problem, isFieldWrong, isSpent = false) {
    this.#tell(problem, false);
    const input = this.#input();
    if (input === null) return;
    input.setAttribute('aria-invalid', String(isFieldWrong));
    if (isSpent) input.value = '';
    if (isFieldWrong && input.autocomplete === 'one-time-code' && problem !== BAD_CODE) input.select();
    if (isFieldWrong && isInUse(document)) input.focus();
  }

  /** @param {string} news which is nothing wrong */
  showNews(news) {
    this.#tell(news, true);
  }

  /** Count down until another code can be asked for, and say by which other way. @param {import('./account-calls.js').Sent} sent */
  showSent({ askAgainMs, otherWay }) {
    const other = this.#mount.querySelector('[data-key=other-way]');
    if (other) Object.assign(other, { hidden: otherWay === null, textContent: otherWayText(otherWay) });
    this.#endWait();
    const end = performance.now() + askAgainMs;
    const tick = () => {
      const left = end - performance.now();
      this.#mount.querySelector('#account-wait')?.replaceChildren(left > 0 ? fill(WAIT, durationText(left)) : '');
      this.#disable(left > 0 || this.#isBusy, '[data-key=resend], [data-key=other-way]');
      if (left > 0) timer = window.setTimeout(tick, Math.min(1_000, left));
      else this.#endWait = () => {};
    };
    let timer = 0;
    this.#endWait = () => window.clearTimeout(timer);
    tick();
  }

  /** Wait for the message with the code. @param {boolean} isPhone @returns {() => void} fills it in, on the form that takes it */
  receive = (isPhone) => this.#receiving.begin(isPhone, (code) => this.#fill(code));
  endReceiving = () => this.#receiving.end();

  /** @param {boolean} isBusy */
  showBusy(isBusy) {
    this.#isBusy = isBusy;
    this.#endWork();
    const submit = this.#mount.querySelector('[type=submit], [data-key=open]');
    this.#endWork = isBusy && this.#work && submit instanceof HTMLElement ? showWork(submit, this.#work) : () => {};
    if (isBusy) this.#tell('', true); // the message concerned the previous try
    const isWaiting = (this.#mount.querySelector('#account-wait')?.textContent ?? '') !== '';
    this.#disable(isBusy, isWaiting ? 'button:not([data-key=resend], [data-key=other-way])' : 'button');
    const input = this.#input();
    if (input) input.readOnly = isBusy; // what is typed meanwhile would be lost
    this.#mount.setAttribute('aria-busy', String(isBusy));
  }

  /** Remember the owner's line; the returned function shows the present one in the other elements of the page that showed the same. @param {string} atEnd said where the element ends meanwhile */
  watchOwner(atEnd) {
    const after = [othersOf(window), sayAtEnd(atEnd)];
    return () => after.forEach((then) => then());
  }

  clear() {
    this.#replace(null);
  }

  /** @param {OwnContact} contact @param {boolean} mayGo */
  #row({ id, shown, type, leavesAt }, mayGo) {
    const name = node('span', { class: 'title' });
    showOwner(name, shown);
    const remove = () => button(BUTTONS.remove, { kind: 'plain remove', key: `remove ${id}`, label: fillAll(BUTTON_OF, { button: translate(BUTTONS.remove), title: shown }), onClick: () => this.#act().begin('remove_contact', id) });
    const below = leavesAt === null ? ACCOUNT[type] : fill(ACCOUNT.leaves, dayText(leavesAt));
    return node('li', {}, node('div', { class: 'text' }, name, node('span', { class: 'line' }, translate(below))), mayGo ? remove() : null);
  }

  /** @param {FormParts} parts */
  #form({ title: text, parts, submit, work, kind = '', onSubmit, others = [] }) {
    const { back } = this.#act();
    const press = node('button', { type: 'submit', class: kind }, translate(submit));
    const form = node('form', { class: 'account', novalidate: true, 'aria-labelledby': 'account-title' },
      title(text), ...parts, problemLine(),
      node('div', { class: 'row' }, press, button(BUTTONS.cancel, { kind: 'plain', key: 'back', onClick: back })),
      others.length > 0 ? node('p', { class: 'buttons' }, ...others) : null);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      if (!this.#isBusy) onSubmit();
    });
    form.addEventListener('input', ({ target }) => {
      if (target === this.#input()) this.showProblem('', false); // it concerned the text before
    });
    this.#escape(form, back);
    this.#replace(form, 'title', work);
  }

  /** @param {HTMLElement} root @param {() => void} goBack */
  #escape(root, goBack) {
    root.addEventListener('keydown', ({ key, isComposing, defaultPrevented }) => {
      if (key === 'Escape' && !isComposing && !defaultPrevented) goBack();
    });
  }

  /** Show something else, and keep the focus inside: in the field of a form, else on the heading or a button. @param {HTMLElement | null} root @param {string} [focus] key of a button, or `title` @param {string} [work] */
  #replace(root, focus = '', work = '') {
    const hadFocus = document.hasFocus() && this.#mount.contains(document.activeElement);
    this.#endWait();
    if (!root?.querySelector('#account-code')) this.endReceiving();
    this.#endWork = () => {};
    this.#work = work;
    this.#mount.replaceChildren(...(root ? [root] : []));
    if (this.#isBusy) this.showBusy(true);
    if (!hadFocus) return;
    const next = this.#input() ?? this.#mount.querySelector(focus === 'title' ? 'h2' : `[data-key="${focus}"]`);
    if (next instanceof HTMLElement) next.focus();
  }

  /** @param {string} text @param {boolean} isNews */
  #tell(text, isNews) {
    const line = this.#mount.querySelector('#account-problem');
    if (!(line instanceof HTMLElement)) return;
    tell(line, text);
    line.classList.toggle('quiet', isNews);
  }

  /** @param {boolean} isDisabled @param {string} selector */
  #disable(isDisabled, selector) {
    for (const made of this.#mount.querySelectorAll(selector)) made.setAttribute('aria-disabled', String(isDisabled));
  }

  /** @param {string} code which the customer sends */
  #fill(code) {
    Object.assign(this.#input() ?? {}, { value: code });
    this.showProblem('', false);
    this.showNews(CODE_FILLED_IN);
  }

  #input() {
    return /** @type {HTMLInputElement | null} */ (this.#mount.querySelector('#account-code, #account-contact'));
  }

  #act() {
    if (this.#actions === null) throw new Error('`listen` has not been called yet');
    return this.#actions;
  }
}

/** @param {string} text */
function title(text) {
  return node('h2', { id: 'account-title', tabindex: '-1' }, text);
}

function problemLine() {
  return node('p', { id: 'account-problem', class: 'problem', role: 'alert' });
}
