/** Form for one address or wallet: a labelled control for each field, and below it a hint, or what to do about its problem. */

import { labelOf } from './item.js';
import { BUTTONS, OPTIONAL, SAVING, SUGGESTIONS } from '../texts/en.js';
import { translate } from '../texts/translate.js';
import { button, node, showWork } from '../ui/dom.js';
import { problemText } from '../ui/texts.js';

/** @typedef {import('./item.js').Field} Field */
/** @typedef {import('./item.js').Values} Values */
/** @typedef {(parts: import('../phone/phone-field.js').PhoneParts) => import('../phone/phone-field.js').PhoneField} MakePhoneField */
/** @typedef {{ phoneField: MakePhoneField, phones?: import('../phone/phones.js').Phones }} OfNumbers from the frame's file: a class stands in one file alone. The frame of the release before gives no `phones` */
/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Control */
/** @typedef {{ field: Field, control: Control, note: HTMLElement, words: HTMLElement, saved: string }} Row `saved`: what it began with, which needs no reading */
/**
 * @typedef {object} FormOptions
 * @property {string} title
 * @property {string} save text of the submit button
 * @property {readonly Field[]} fields
 * @property {Values} values to begin with
 * @property {OfNumbers} numbers
 * @property {(values: Values) => void} onSubmit a telephone number has its country code, where it was understood
 * @property {() => void} onCancel
 */

/** What a phone's keyboard is told: names begin with a capital. */
const KEYBOARDS = { text: { type: 'text', autocapitalize: 'words' }, phone: { type: 'tel', inputmode: 'tel' } };

export class ItemForm {
  #title;
  #save;
  #endWork = () => {};
  #general = node('p', { class: 'problem', role: 'alert' });
  /** By name of the field, in their order. @type {Map<string, Row>} */
  #rows = new Map();
  #numbers;
  /** @type {Map<string, import('../phone/phone-field.js').PhoneField>} */
  #phones = new Map();
  /** Where the whole number is shown. @type {Map<string, HTMLElement>} */
  #lines = new Map();
  /** Country of numbers outside of this form, and the one that it gave them. */
  #country;
  #hasEnded = false;
  root;

  /** @param {FormOptions} options */
  constructor({ title, save, fields, values, numbers, onSubmit, onCancel }) {
    this.#numbers = numbers;
    const country = numbers.phones?.country ?? null;
    this.#country = { before: country, now: country };
    this.#save = node('button', { type: 'submit', 'data-key': 'save' }, translate(save));
    this.#title = node('h2', { tabindex: '-1', id: 'form-title' }, title);
    const rows = fields.map((field) => this.#row(field, values[field.name] ?? ''));
    for (const row of this.#rows.values()) {
      this.#call(row);
      this.#propose(row);
      this.#follow(row);
    }
    this.root = node('form', { class: 'item-form', novalidate: true, 'aria-labelledby': 'form-title' },
      this.#title,
      node('div', { class: 'fields' }, ...rows),
      this.#general,
      node('div', { class: 'row' }, this.#save, button(BUTTONS.cancel, { kind: 'plain', key: 'cancel', onClick: onCancel })));
    this.root.addEventListener('submit', (event) => {
      event.preventDefault();
      if (this.#save.getAttribute('aria-disabled') !== 'true') void this.#submit(onSubmit);
    });
    this.root.addEventListener('keydown', (event) => {
      if (event.isComposing) return;
      if (event.key === 'Escape') onCancel();
      if (event.key === 'Enter') this.#goOn(event);
    });
    this.root.addEventListener('focusin', ({ target }) => {
      const isNext = this.#nextOf(target) !== undefined;
      if (target instanceof HTMLInputElement) target.enterKeyHint = isNext ? 'next' : 'done';
    });
  }

  /** Enter goes on to the next field while one after this has to be filled in, as the key of a phone says; then it saves. @param {KeyboardEvent} event */
  #goOn(event) {
    const next = event.target instanceof HTMLInputElement ? this.#nextOf(event.target) : undefined;
    if (next === undefined) return;
    event.preventDefault();
    next.control.focus();
  }

  /** The field after a control, if one from there on lacks its text. @param {EventTarget | null} control */
  #nextOf(control) {
    const rows = [...this.#rows.values()];
    const at = rows.findIndex((row) => row.control === control);
    const after = at < 0 ? [] : rows.slice(at + 1);
    return after.some(({ field, control: { value } }) => field.isRequired && value.trim() === '') ? after[0] : undefined;
  }

  /** Hand over what was typed. A number may have to wait for the table of countries, and the form may be left meanwhile. @param {FormOptions['onSubmit']} onSubmit */
  async #submit(onSubmit) {
    this.showProblems({}, '');
    this.showBusy(true);
    try {
      const values = await this.#read().finally(() => this.showBusy(false));
      if (this.root.isConnected) onSubmit(values);
    } catch (error) {
      this.showProblems({}, problemText(/** @type {import('../session/api.js').ApiError} */ (error)));
    }
  }

  /** @returns {Promise<Values>} */
  async #read() {
    const read = [...this.#rows].map(async ([name, { control, saved }]) => [name, control.value === saved ? saved : await (this.#phones.get(name)?.read() ?? control.value)]);
    return Object.fromEntries(await Promise.all(read));
  }

  /** Focus the first field to type in, unless the customer went on to the shop's page during a slow answer: a letter would change the choice in a select. */
  focus() {
    const first = [...this.#rows.values()].find(({ control }) => !(control instanceof HTMLSelectElement));
    if (document.hasFocus()) first?.control.focus();
  }

  /** The form is left: a number elsewhere has the country that it had before, unless the customer chose another. */
  end() {
    this.#hasEnded = true;
    const [{ before, now }, { phones }] = [this.#country, this.#numbers];
    if (phones?.country === now) phones.country = before;
  }

  /** Lock the fields during a request: what is typed meanwhile would be lost. @param {boolean} isBusy */
  showBusy(isBusy) {
    this.#endWork();
    this.#endWork = isBusy ? showWork(this.#save, SAVING) : () => {};
    for (const { control } of this.#rows.values()) {
      if (!(control instanceof HTMLSelectElement)) control.readOnly = isBusy;
      else for (const option of control.options) option.disabled = isBusy && !option.selected; // a select cannot be read-only
    }
  }

  /** Show the problems and focus the first invalid field; the general one only where none of them says it. @param {Values} problems by field @param {string} general */
  showProblems(problems, general) {
    for (const [name, row] of this.#rows) showNote(row, problems[name] ?? '');
    const wrong = [...this.#rows.values()].find(({ control }) => control.getAttribute('aria-invalid') === 'true');
    this.#general.textContent = wrong === undefined ? translate(general) : '';
    if (document.hasFocus()) wrong?.control.focus();
  }

  /** @param {Field} field @param {string} value */
  #row(field, value) {
    const { name, label, suggested, isRequired, isHalf = false } = field;
    const note = node('p', { id: `${name}-note` });
    const control = controlOf(field, value);
    const phone = field.type === 'phone' && control instanceof HTMLInputElement ? this.#phone(name, control) : null;
    control.id = `field-${name}`;
    control.setAttribute('aria-describedby', phone === null ? note.id : `${name}-number ${note.id}`);
    const words = node('span', {}, translate(label));
    const row = { field, control, note, words, saved: value };
    this.#rows.set(name, row);
    showNote(row, '');
    control.addEventListener('input', () => showNote(row, '')); // the message concerned the previous value
    const optional = isRequired ? null : node('span', { class: 'optional' }, translate(OPTIONAL));
    const chips = suggested !== undefined && control instanceof HTMLInputElement ? chipsOf(suggested, control) : null;
    return node('div', { class: isHalf ? 'field half' : 'field' }, node('label', { for: control.id }, words, optional), chips ?? (phone ? null : control), ...(phone ?? []), note);
  }

  /** Call a field what it is called beside another one's value, at first and when that changes. @param {Row} row */
  #call({ field, words }) {
    const by = this.#rows.get(field.named?.by ?? '')?.control;
    const call = () => {
      words.textContent = translate(labelOf(field, by ? { [by.name]: by.value } : {}));
    };
    call();
    by?.addEventListener('change', call);
  }

  /** Choose what a number speaks for as it is typed, until the customer has chosen by hand. The whole number is what its own line says. @param {Row} row */
  #propose(row) {
    const { field: { proposed }, control, note } = row;
    const line = this.#lines.get(proposed?.by ?? '');
    if (proposed === undefined || line === undefined) return;
    let isChosen = false;
    control.addEventListener('change', () => { isChosen = true; });
    note.setAttribute('aria-live', 'polite');
    const propose = new MutationObserver(() => { // its country may be chosen, or found, after it was typed
      const value = proposed.value((/^\+[\d\s]+/.exec(line.textContent ?? '')?.[0] ?? '').replace(/\s/g, '')) ?? '';
      if (isChosen || value === control.value) return;
      control.value = value;
      showNote(row, '');
      if (value !== '') note.textContent = translate(proposed.hint);
    });
    propose.observe(line, { childList: true });
  }

  /** Give a number the country that another field says, at first and when that changes, but none that was typed already. @param {Row} row */
  #follow({ field, control }) {
    const by = this.#rows.get(field.countryBy ?? '')?.control;
    const { phones } = this.#numbers;
    if (by === undefined || phones === undefined) return;
    const mayFollow = () => !this.#hasEnded && control.value === '' && phones.country === this.#country.now && phones.country?.region !== by.value;
    const follow = async () => {
      if (!mayFollow()) return;
      const { COUNTRIES } = await import('../phone/countries.js');
      const found = COUNTRIES.find(({ region }) => region === by.value);
      if (found === undefined || !mayFollow()) return;
      this.#country.now = found;
      phones.country = found;
      this.#phones.get(field.name)?.show();
    };
    const tried = () => void follow().catch(() => {}); // without the table the number keeps its country, which stands beside it
    by.addEventListener('change', tried);
    tried();
  }

  /** The country before a number, and the picker and the whole number below it. @param {string} name @param {HTMLInputElement} input */
  #phone(name, input) {
    const country = node('button', { type: 'button', class: 'country' });
    const [line, panel] = [node('p', { id: `${name}-number`, class: 'number' }), node('div')];
    this.#lines.set(name, line);
    this.#phones.set(name, this.#numbers.phoneField({ input, button: country, line, panel }));
    return [node('div', { class: 'phone' }, country, input), panel, line];
  }
}

/** Say what is wrong in place of the hint. @param {Row} row @param {string} problem */
function showNote({ field, control, note }, problem) {
  note.textContent = translate(problem || (field.hint ?? ''));
  note.className = problem ? 'problem' : 'hint';
  control.setAttribute('aria-invalid', String(problem !== ''));
}

/** Texts to press in front of the field that takes them, or any other. @param {readonly string[]} texts @param {HTMLInputElement} input */
function chipsOf(texts, input) {
  const chips = texts.map(translate).map((text) => button(text, { kind: 'chip', key: `fill ${text}`, onClick: () => {
    if (input.readOnly) return;
    input.value = text;
    input.dispatchEvent(new Event('input', { bubbles: true }));
  } }));
  const mark = () => {
    for (const chip of chips) chip.setAttribute('aria-pressed', String(chip.textContent === input.value.trim()));
  };
  input.addEventListener('input', mark);
  mark();
  return node('div', { class: 'chips', role: 'group', 'aria-label': translate(SUGGESTIONS) }, ...chips, input);
}

/** @param {Field} field @param {string} value @returns {Control} */
function controlOf({ name, type, most, isRequired, autocomplete, options }, value) {
  const common = { name, 'aria-required': String(isRequired), autocomplete: autocomplete ?? 'off' };
  if (type === 'select') {
    const known = options?.(value) ?? [];
    const select = node('select', common, ...known.map(([code, text]) => node('option', { value: code }, text)));
    if (value !== '') select.value = value;
    return select;
  }
  const limited = { ...common, maxlength: String(most) };
  const made = type === 'lines' ? node('textarea', { ...limited, rows: '2' }) : node('input', { ...limited, ...KEYBOARDS[type] });
  made.value = value;
  return made;
}
