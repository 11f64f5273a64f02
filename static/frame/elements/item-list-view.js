/** View of the saved items: a list with radio buttons, a form, or the chosen item. */

import { ItemForm } from './item-form.js';
import { numberText } from './item-texts.js';
import { LongTexts } from './long-texts.js';
import { BUTTON_OF, BUTTONS, CHANGE_CHOSEN, DEFAULT, GO_ON, KEEP_THIS, REMOVE_FOR_GOOD, REMOVE_THIS, REMOVING, SHOW_ALL_OF, VERIFIED } from '../texts/en.js';
import { fill, fillAll, translate } from '../texts/translate.js';
import { button, node, showWork } from '../ui/dom.js';

/** @typedef {import('./item.js').Described} Described */
/** @typedef {import('./item.js').Values} Values */
/**
 * @typedef {object} Actions
 * @property {(id: string) => void} pick
 * @property {() => void} use
 * @property {() => void} change
 * @property {() => void} add
 * @property {(id: string) => void} edit
 * @property {(id: string) => void} promote
 * @property {(id: string) => void} verify
 * @property {(id: string) => void} askRemove
 * @property {(id: string) => void} remove
 * @property {() => void} keep
 * @property {(values: Values) => void} submit
 * @property {() => void} cancel
 * @property {() => void} redraw
 */

/** Rows of a long list before the customer asks for all; what is hidden is never one row alone. */
const FOLDED = 5;

export class ItemListView {
  #mount;
  #kind;
  /** @type {Actions | null} */
  #actions = null;
  /** @type {ItemForm | null} */
  #form = null;
  #isBusy = false;
  #endWork = () => {};
  #numbers;
  #longTexts = new LongTexts();
  /** Whether the customer has asked for all of a long list. */
  #isWhole = false;

  /** @param {HTMLElement} mount @param {import('./item.js').Kind} kind @param {import('./item-form.js').MakePhoneField} phoneField @param {import('../phone/phones.js').Phones} [phones] */
  constructor(mount, kind, phoneField, phones) {
    this.#mount = mount;
    this.#kind = kind;
    this.#numbers = { phoneField, ...(phones && { phones }) };
  }

  /** @param {Actions} actions */
  listen(actions) {
    this.#actions = actions;
    document.addEventListener('languagechange', () => actions.redraw());
  }

  /** @param {import('./item-list.js').Listed} listed @param {string} [focus] */
  showList(listed, focus) {
    const { items, pickedId, removingId, problem } = listed;
    const { texts } = this.#kind;
    const general = node('p', { class: 'problem', role: 'alert' }, problem !== null && problem.id === null ? problem.text : '');
    const add = button(texts.add, { kind: items.length > 0 ? 'plain' : '', key: 'add', onClick: () => this.#act().add() });
    if (items.length === 0) {
      const dismiss = button(GO_ON, { kind: 'plain', key: 'dismiss', onClick: () => document.getElementById('dismiss')?.click() });
      const empty = node('div', { class: 'empty' }, node('h2', {}, translate(texts.empty)), node('p', {}, translate(texts.why)), general, node('p', { class: 'buttons' }, add, dismiss));
      this.#replace([empty], focus && 'add');
      return;
    }
    const isFolded = !this.#isWhole && items.length > FOLDED + 1;
    const shown = items.filter(({ id }, at) => !isFolded || at < FOLDED || id === pickedId || id === problem?.id);
    const rows = shown.map((item) => this.#row(item, { isPicked: item.id === pickedId, isRemoving: item.id === removingId, problem: problem?.id === item.id ? problem.text : '' }));
    const isAsking = removingId !== null; // one question at a time: no other button is as loud as its answers
    const list = node('form', { class: 'list', novalidate: true },
      node('fieldset', {}, node('legend', {}, translate(texts.legend)), ...rows, shown.length < items.length ? this.#whole(listed) : null),
      general,
      node('div', { class: 'row' }, isAsking ? null : node('button', { type: 'submit', 'data-key': 'use' }, translate(texts.use)), add));
    list.addEventListener('submit', (event) => {
      event.preventDefault();
      if (!this.#isBusy && !isAsking) this.#act().use();
    });
    list.addEventListener('change', ({ target }) => {
      if (!(target instanceof HTMLInputElement)) return;
      this.#mark(target.value);
      this.#act().pick(target.value);
    });
    list.addEventListener('keydown', ({ key, isComposing }) => {
      if (key === 'Escape' && !isComposing && isAsking && !this.#isBusy) this.#act().keep();
    });
    this.#replace([list], focus);
  }

  /** @param {string} title @param {Values} values */
  showForm(title, values) {
    const { fields, texts } = this.#kind;
    const onSubmit = (/** @type {Values} */ typed) => this.#act().submit(typed);
    const form = new ItemForm({ title, save: texts.save, fields, values, numbers: this.#numbers, onSubmit, onCancel: () => this.#act().cancel() });
    this.#replace([form.root]);
    this.#form = form;
    form.focus();
  }

  /** @param {Values} problems @param {string} general */
  showFormProblems(problems, general) {
    this.#form?.showProblems(problems, general);
  }

  /** @param {Described} described */
  showChosen({ title, lines, badges }) {
    const { texts } = this.#kind;
    const change = button(BUTTONS.change, { kind: 'plain', key: 'change', label: fillAll(CHANGE_CHOSEN, { chosen: translate(texts.chosen), title }), onClick: () => this.#act().change() });
    const text = node('div', { class: 'text' }, ...shownText({ title, lines, badges: badges.filter((badge) => badge !== DEFAULT) }));
    const chosen = node('div', { class: 'chosen' }, node('p', { class: 'quiet' }, translate(texts.chosen)), change, text, this.#more(text, title, 'chosen'));
    this.#replace([chosen], 'change');
  }

  /** @param {boolean} isBusy */
  showBusy(isBusy) {
    const begins = isBusy && !this.#isBusy;
    this.#isBusy = isBusy;
    if (begins) for (const problem of this.#mount.querySelectorAll('[role=alert]')) problem.textContent = ''; // the message concerned the previous try
    this.#form?.showBusy(isBusy);
    const removal = this.#mount.querySelector('.danger');
    this.#endWork();
    this.#endWork = isBusy && removal instanceof HTMLElement ? showWork(removal, REMOVING) : () => {};
    for (const made of this.#mount.querySelectorAll('button')) made.setAttribute('aria-disabled', String(isBusy));
    this.#mount.setAttribute('aria-busy', String(isBusy));
  }

  /** Lend the place of the list to another part of the element. @template T @param {(mount: HTMLElement, numbers: import('./item-form.js').OfNumbers) => T} use */
  lend(use) {
    return use(this.#mount, this.#numbers);
  }

  clear() {
    this.#isWhole = false;
    this.#replace([]);
  }

  /** @param {Described} item @param {{ isPicked: boolean, isRemoving: boolean, problem: string }} how */
  #row(item, { isPicked, isRemoving, problem }) {
    const { id } = item;
    const radio = node('input', { type: 'radio', name: 'item', value: id, checked: isPicked, 'data-key': `pick ${id}` });
    const text = node('span', { class: 'text' }, ...shownText(item, 'span'));
    const below = node('div', { class: 'actions', hidden: !isPicked }, ...(isRemoving ? this.#confirmation(item) : this.#buttons(item, text)));
    return node('div', { class: isPicked ? 'item picked' : 'item', 'data-id': id }, node('label', { class: 'pick' }, radio, text), below, node('p', { class: 'problem', role: 'alert' }, problem));
  }

  /** The first is what the row is for beside being picked; the others are lesser, and removing stands apart. @param {Described} item @param {HTMLElement} text */
  #buttons({ id, title, isDefault, verifying }, text) {
    const { edit, promote, verify, askRemove } = this.#act();
    const made = (/** @type {string} */ words, /** @type {string} */ kind, /** @type {string} */ verb, /** @type {(id: string) => void} */ act) => button(words, { kind: `plain ${kind}`, key: `${verb} ${id}`, label: fillAll(BUTTON_OF, { button: translate(words), title }), onClick: () => act(id) });
    const why = verifying === '' ? null : node('p', { class: 'why', id: `why-${id}` }, verifying);
    const proving = why && made(BUTTONS.verify, 'main', 'verify', verify);
    proving?.setAttribute('aria-describedby', `why-${id}`);
    return [
      this.#kind.canEdit ? made(BUTTONS.edit, 'main', 'edit', edit) : null,
      proving,
      isDefault ? null : made(BUTTONS.makeDefault, '', 'promote', promote),
      this.#more(text, title, id),
      made(BUTTONS.remove, 'remove', 'remove', askRemove),
      why,
    ];
  }

  /** Button that shows all rows of a long list. @param {import('./item-list.js').Listed} listed */
  #whole(listed) {
    return button(fill(SHOW_ALL_OF, numberText(listed.items.length)), { kind: 'plain', key: 'whole', onClick: () => {
      this.#isWhole = true;
      const picked = this.#mount.querySelector('input:checked'); // since the list was shown, maybe another one
      const pickedId = picked instanceof HTMLInputElement ? picked.value : null;
      this.showList({ ...listed, pickedId }, `pick ${listed.items[FOLDED]?.id}`);
    } });
  }

  /** Button that shows the rest of a text, where it is longer than its place. @param {HTMLElement} text @param {string} title @param {string} id */
  #more(text, title, id) {
    const more = button(BUTTONS.showAll, { kind: 'plain', key: `more ${id}`, onClick: () => this.#longTexts.toggle(text) });
    this.#longTexts.watch(text, more, title);
    return more;
  }

  /** @param {Described} item */
  #confirmation({ id, title }) {
    const { remove, keep } = this.#act();
    return [
      node('p', { class: 'question' }, fill(REMOVE_THIS, title)),
      button(BUTTONS.remove, { kind: 'danger', key: `confirm ${id}`, label: fill(REMOVE_FOR_GOOD, title), onClick: () => remove(id) }),
      button(BUTTONS.keep, { kind: 'second', key: `keep ${id}`, label: fill(KEEP_THIS, title), onClick: keep }),
    ];
  }

  /** Show the actions of the picked item only. @param {string} pickedId */
  #mark(pickedId) {
    for (const row of this.#mount.querySelectorAll('.item')) {
      const isPicked = row instanceof HTMLElement && row.dataset.id === pickedId;
      const actions = row.querySelector('.actions');
      if (actions instanceof HTMLElement) actions.hidden = !isPicked;
      row.classList.toggle('picked', isPicked);
    }
  }

  /** @param {Node[]} nodes @param {string} [focus] key of the button to focus, if the focus was inside the replaced nodes */
  #replace(nodes, focus) {
    const hadFocus = document.hasFocus() && this.#mount.contains(document.activeElement);
    this.#form?.end();
    this.#form = null;
    this.#longTexts.keep(nodes);
    this.#mount.replaceChildren(...nodes);
    if (this.#isBusy) this.showBusy(true);
    if (!hadFocus || !focus) return;
    const next = [...this.#mount.querySelectorAll('[data-key]')].find((made) => made instanceof HTMLElement && made.dataset.key === focus);
    const fallback = [...this.#mount.querySelectorAll('input, button')].find((made) => made.closest('[hidden]') === null);
    for (const made of [fallback, next]) if (made instanceof HTMLElement) made.focus();
  }

  #act() {
    if (this.#actions === null) throw new Error('`listen` has not been called yet');
    return this.#actions;
  }
}

/** @param {{ title: string, lines: string[], badges: string[] }} item @param {'p' | 'span'} tag */
function shownText({ title, lines, badges }, tag = 'p') {
  const marks = badges.flatMap((badge) => [' ', node('span', { class: `badge ${badge === VERIFIED ? 'good' : ''}`.trim() }, translate(badge))]);
  return [node(tag, { class: 'title' }, title, ...marks), ...lines.map((line) => node(tag, { class: 'line' }, line))];
}
