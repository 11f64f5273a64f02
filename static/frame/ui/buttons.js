/** Buttons of the card: what a press does, and how a button looks that is at work. Its width stays, so that nothing beside it moves. */

import { AT_WORK } from '../texts/en.js';
import { showWork } from './dom.js';

export class Buttons {
  /** Whose action begins now. @type {HTMLElement | null} */
  #pressed = null;
  #endWork = () => {};

  /** @param {HTMLElement} button @param {() => void} action @param {HTMLElement | '' | undefined} [form] whose submission is the press */
  listen(button, action, form) {
    (form || button).addEventListener(form ? 'submit' : 'click', (event) => {
      event.preventDefault();
      if (!form && button.getAttribute('aria-disabled') === 'true') return;
      this.#pressed = button;
      action();
      this.#pressed = null;
    });
  }

  /** @param {boolean} isBusy by the action that begins now, if one does */
  showBusy(isBusy) {
    this.#endWork();
    this.#endWork = () => {};
    const button = this.#pressed;
    const text = AT_WORK[button?.id ?? '']; // one that is not named does its work at once
    if (isBusy && button !== null && text !== undefined) this.#endWork = showWork(button, text);
  }
}
