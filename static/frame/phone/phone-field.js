/** Field for a telephone number: the country beside it, and below it the whole number as it will be used. */

import { isEmail } from '../session/contact.js';
import { NO_CONNECTION } from '../ui/texts.js';
import { countryName } from './country-name.js';

/** @typedef {{ input: HTMLInputElement, button: HTMLElement, line: HTMLElement, panel: HTMLElement }} PhoneParts the line is below the field, the panel takes the picker */

export class PhoneField {
  #parts;
  #phones;
  /** @type {(() => void) | null} */
  #closePicker = null;
  #isLoading = false;

  /** @param {PhoneParts} parts @param {import('./phones.js').Phones} phones */
  constructor(parts, phones) {
    this.#parts = parts;
    this.#phones = phones;
    parts.input.addEventListener('input', () => this.#show());
    parts.button.addEventListener('click', () => void this.#toggle());
    this.show();
  }

  /** Show what the field says, with the picker closed. */
  show() {
    this.#closePicker?.();
    this.#show();
  }

  /** The number with its country code, or the text as typed where it is not understood. @returns {Promise<string>} */
  async read() {
    const { value } = this.#parts.input;
    const found = await this.#phones.read(value).catch(() => null);
    return found?.contact ?? value;
  }

  #show() {
    const { input, button, line } = this.#parts;
    const { country } = this.#phones;
    button.textContent = country === null ? 'Country' : `${country.region} +${country.code}`;
    if (country !== null) button.setAttribute('aria-label', `${button.textContent}, ${countryName(country.region)}`);
    button.hidden = isEmail(input.value);
    const found = this.#phones.peek(input.value);
    line.textContent = found?.shown ?? '';
    if (found === undefined && !this.#isLoading) {
      this.#isLoading = true; // and once at most: a line that is down is not tried at each key
      this.#phones.loadCountries().then(() => this.#show(), () => {});
    }
  }

  async #toggle() {
    const { button, input, line, panel } = this.#parts;
    if (this.#closePicker !== null) return this.#closePicker();
    if (button.getAttribute('aria-disabled') === 'true') return;
    const focused = focusOf(document);
    try {
      const { COUNTRIES, openPicker } = await this.#phones.loadCountries();
      if (this.#closePicker !== null || focusOf(document) !== focused) return; // who went on, here or in the shop, is not called back
      const close = openPicker(panel, COUNTRIES, this.#phones.country?.region, (country, isLeft) => {
        if (country !== null) this.#phones.country = country;
        this.show();
        if (!isLeft) (country === null ? button : input).focus();
      });
      this.#closePicker = () => {
        this.#closePicker = null;
        button.setAttribute('aria-expanded', 'false');
        close();
      };
      button.setAttribute('aria-expanded', 'true');
    } catch {
      line.textContent = NO_CONNECTION;
    }
  }
}

/** @param {Document} document @returns {Element | null} null where another document has the focus */
function focusOf(document) {
  return document.hasFocus() ? document.activeElement : null;
}
