/** Field for a telephone number: the country beside it, where the number does not say its own, and below it the whole number as it will be used. */

import { COUNTRY, COUNTRY_IS, NO_CONNECTION } from '../texts/en.js';
import { fill, translate } from '../texts/translate.js';
import { countryName } from './country-name.js';

/** An e-mail address, or a number that says its country, also one that is not finished. */
const NEEDS_NO_COUNTRY = /^\W*(\+|00)|@/;

/** @typedef {{ input: HTMLInputElement, button: HTMLElement, line: HTMLElement, panel: HTMLElement }} PhoneParts the line is below the field, the panel takes the picker */

export class PhoneField {
  #parts;
  #phones;
  /** @type {(() => void) | null} */
  #closePicker = null;
  #isLoading = false;
  #place = '';

  /** @param {PhoneParts} parts @param {import('./phones.js').Phones} phones */
  constructor(parts, phones) {
    this.#parts = parts;
    this.#phones = phones;
    parts.input.addEventListener('input', () => this.#show());
    parts.button.setAttribute('aria-expanded', 'false');
    parts.button.addEventListener('click', () => void this.#toggle());
    this.show();
  }

  /** Show what the field says, with the picker closed. */
  show() {
    this.#closePicker?.();
    this.#show();
  }

  /** The number with its country code, or the text as typed where it is not understood. @returns {Promise<string>} rejects as `Phones.readShown` does */
  async read() {
    const { value } = this.#parts.input;
    const found = await this.#phones.readShown(value).finally(() => this.#show());
    return found?.contact ?? value;
  }

  #show() {
    const { input, button } = this.#parts;
    const { country } = this.#phones;
    button.textContent = country === null ? translate(COUNTRY) : `${country.region} +${country.code}`;
    if (country !== null) button.setAttribute('aria-label', `${button.textContent}, ${fill(COUNTRY_IS, countryName(country.region))}`);
    const { value } = input;
    const found = this.#phones.peek(value);
    button.hidden = NEEDS_NO_COUNTRY.test(value) || found?.regions?.includes(country?.region ?? '') === false;
    this.#say(found?.shown ?? '');
    if (found !== null && !found?.regions && !this.#isLoading) {
      this.#isLoading = true; // and once at most: a line that is down is not tried at each key
      this.#phones.loadCountries().then(() => this.#show(), () => {});
    }
  }

  /** Read out when the country changes, and not at each digit. @param {string} text */
  #say(text) {
    const { line } = this.#parts;
    const place = text.replace(/^[+\d\s]+/, '');
    line.setAttribute('aria-live', place === this.#place ? 'off' : 'polite');
    line.textContent = text;
    this.#place = place;
  }

  async #toggle() {
    const { button } = this.#parts;
    if (this.#closePicker !== null) return this.#closePicker();
    if (button.getAttribute('aria-disabled') === 'true') return;
    const focused = focusOf(document);
    try {
      const { COUNTRIES, openPicker } = await this.#phones.loadCountries();
      if (this.#closePicker !== null || focusOf(document) !== focused) return; // who went on, here or in the shop, is not called back
      this.#closePicker = openPicker(COUNTRIES, this.#parts, this.#phones, () => {
        this.#closePicker = null;
        this.#show();
      });
    } catch {
      this.#say(translate(NO_CONNECTION));
    }
  }
}

/** @param {Document} document @returns {Element | null} null where another document has the focus */
function focusOf(document) {
  return document.hasFocus() ? document.activeElement : null;
}
