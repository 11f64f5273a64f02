/** Texts that are longer than their place: two lines of each paragraph are shown, and a button for the rest, where there is any. */

import { BUTTON_OF, BUTTONS } from '../texts/en.js';
import { fillAll, translate } from '../texts/translate.js';

export class LongTexts {
  /** @type {Map<HTMLElement, { button: HTMLElement, title: string }>} */
  #buttons = new Map();
  #observer = new ResizeObserver((changes) => {
    for (const { target } of changes) this.#show(/** @type {HTMLElement} */ (target));
  });

  /** @param {HTMLElement} text whose children are its paragraphs @param {HTMLElement} button shows the rest @param {string} title of the text */
  watch(text, button, title) {
    button.hidden = true;
    this.#buttons.set(text, { button, title });
    this.#observer.observe(text);
  }

  /** Forget the texts that are in none of these nodes. @param {Node[]} nodes */
  keep(nodes) {
    for (const text of this.#buttons.keys()) {
      if (nodes.some((one) => one.contains(text))) continue;
      this.#buttons.delete(text);
      this.#observer.unobserve(text);
    }
  }

  /** @param {HTMLElement} text */
  toggle(text) {
    text.classList.toggle('whole');
    this.#show(text);
  }

  /** @param {HTMLElement} text */
  #show(text) {
    const known = this.#buttons.get(text);
    if (known === undefined) return;
    const { button, title } = known;
    const isWhole = text.classList.contains('whole');
    button.hidden = !isWhole && [...text.children].every(({ scrollHeight, clientHeight }) => scrollHeight <= clientHeight + 1);
    button.textContent = translate(isWhole ? BUTTONS.showLess : BUTTONS.showAll);
    button.setAttribute('aria-label', fillAll(BUTTON_OF, { button: button.textContent ?? '', title }));
    button.setAttribute('aria-expanded', String(isWhole));
  }
}
