/** Form for one address or wallet: a labelled control for each field, each with its own error message. */

import { SAVING } from './item-texts.js';
import { button, node } from '../ui/dom.js';
import { problemText } from '../ui/texts.js';

/** @typedef {import('./item.js').Field} Field */
/** @typedef {import('./item.js').Values} Values */
/** @typedef {(parts: import('../phone/phone-field.js').PhoneParts) => import('../phone/phone-field.js').PhoneField} MakePhoneField made by the frame's file: a class stands in one file alone */
/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Control */
/**
 * @typedef {object} FormOptions
 * @property {string} title
 * @property {string} save text of the submit button
 * @property {readonly Field[]} fields
 * @property {Values | null} values of the item to edit; null for a new one
 * @property {MakePhoneField} phoneField
 * @property {(values: Values) => void} onSubmit a telephone number has its country code, where it was understood
 * @property {() => void} onCancel
 */

export class ItemForm {
  #title;
  #save;
  #saveText;
  #general = node('p', { class: 'problem', role: 'alert' });
  /** @type {Map<string, { control: Control, problem: HTMLElement }>} */
  #fields = new Map();
  #phoneField;
  /** @type {Map<string, import('../phone/phone-field.js').PhoneField>} */
  #phones = new Map();
  root;

  /** @param {FormOptions} options */
  constructor({ title, save, fields, values, phoneField, onSubmit, onCancel }) {
    this.#saveText = save;
    this.#phoneField = phoneField;
    this.#save = node('button', { type: 'submit', 'data-key': 'save' }, save);
    this.#title = node('h2', { tabindex: '-1', id: 'form-title' }, title);
    const rows = fields.map((field) => this.#row(field, values?.[field.name] ?? field.initial ?? ''));
    this.root = node('form', { class: 'item-form', novalidate: true, 'aria-labelledby': 'form-title' },
      this.#title,
      node('div', { class: 'fields' }, ...rows),
      this.#general,
      node('div', { class: 'row' }, this.#save, button('Cancel', { kind: 'plain', key: 'cancel', onClick: onCancel })));
    this.root.addEventListener('submit', (event) => {
      event.preventDefault();
      if (this.#save.getAttribute('aria-disabled') !== 'true') void this.#submit(onSubmit);
    });
    this.root.addEventListener('keydown', ({ key, isComposing }) => {
      if (key === 'Escape' && !isComposing) onCancel();
    });
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
    const read = [...this.#fields].map(async ([name, { control }]) => [name, await (this.#phones.get(name)?.read() ?? control.value)]);
    return Object.fromEntries(await Promise.all(read));
  }

  /** Focus the first field, unless the customer went on to the shop's page during a slow answer. */
  focus() {
    const [first] = this.#fields.values();
    if (document.hasFocus()) first?.control.focus();
  }

  /** Lock the fields during a request: what is typed meanwhile would be lost. @param {boolean} isBusy */
  showBusy(isBusy) {
    this.#save.textContent = isBusy ? SAVING : this.#saveText;
    for (const { control } of this.#fields.values()) {
      if (!(control instanceof HTMLSelectElement)) control.readOnly = isBusy;
      else for (const option of control.options) option.disabled = isBusy && !option.selected; // a select cannot be read-only
    }
  }

  /** Show the problems and focus the first invalid field. @param {Values} problems by field @param {string} general */
  showProblems(problems, general) {
    this.#general.textContent = general;
    let isFirst = true;
    for (const [name, { control, problem }] of this.#fields) {
      const text = problems[name] ?? '';
      problem.textContent = text;
      control.setAttribute('aria-invalid', String(text !== ''));
      if (text !== '' && isFirst) {
        isFirst = false;
        if (document.hasFocus()) control.focus();
      }
    }
  }

  /** @param {Field} field @param {string} value */
  #row(field, value) {
    const { name, label, hint, isRequired, isHalf = false } = field;
    const problem = node('p', { id: `${name}-problem`, class: 'problem' });
    const help = hint === undefined ? null : node('p', { id: `${name}-hint`, class: 'hint' }, hint);
    const control = controlOf(field, value);
    const phone = field.type === 'phone' && control instanceof HTMLInputElement ? this.#phone(name, control) : null;
    control.id = `field-${name}`;
    control.setAttribute('aria-describedby', [help && `${name}-hint`, phone && `${name}-number`, `${name}-problem`].filter(Boolean).join(' '));
    this.#fields.set(name, { control, problem });
    control.addEventListener('input', () => {
      problem.textContent = ''; // the message concerned the previous value
      control.setAttribute('aria-invalid', 'false');
    });
    const optional = isRequired ? null : node('span', { class: 'optional' }, ' (optional)');
    return node('div', { class: isHalf ? 'field half' : 'field' }, node('label', { for: control.id }, label, optional), ...(phone ?? [control]), help, problem);
  }

  /** The country before a number, and the picker and the whole number below it. @param {string} name @param {HTMLInputElement} input */
  #phone(name, input) {
    const country = node('button', { type: 'button', class: 'country', 'aria-expanded': 'false' });
    const [line, panel] = [node('p', { id: `${name}-number`, class: 'number' }), node('div')];
    this.#phones.set(name, this.#phoneField({ input, button: country, line, panel }));
    return [node('div', { class: 'phone' }, country, input), panel, line];
  }
}

/** @param {Field} field @param {string} value @returns {Control} */
function controlOf({ name, type, most, isRequired, autocomplete, options }, value) {
  const common = { name, 'aria-required': String(isRequired), ...(autocomplete !== undefined && { autocomplete }) };
  if (type === 'select') {
    const known = options?.(value) ?? [];
    const select = node('select', common, ...known.map(([code, text]) => node('option', { value: code }, text)));
    if (value !== '') select.value = value;
    return select;
  }
  const limited = { ...common, maxlength: String(most), autocomplete: autocomplete ?? 'off' };
  const made = type === 'lines' ? node('textarea', { ...limited, rows: '2' }) : node('input', { ...limited, type: type === 'phone' ? 'tel' : type });
  made.value = value;
  return made;
}
