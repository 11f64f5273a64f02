/** The line that only screen readers find: what has just happened, for as long as it is news. */

import { translate } from '../texts/translate.js';

/** Long enough to be read out after what was begun before it. */
const NEWS_MS = 10_000;

export class Status {
  #line;
  #window;
  #timer = 0;

  /** @param {HTMLElement} line @param {Window | null} window */
  constructor(line, window) {
    this.#line = line;
    this.#window = window;
  }

  /** @param {string} text */
  say(text) {
    tell(this.#line, text);
    this.#window?.clearTimeout(this.#timer);
    this.#timer = this.#window?.setTimeout(() => this.forget(), NEWS_MS) ?? 0;
  }

  forget() {
    this.#line.textContent = '';
  }
}

/** Show a text in a part that is read out when it changes: the same once more is a change too. @param {HTMLElement} part @param {string} text of ours */
export function tell(part, text) {
  const said = translate(text);
  part.textContent = said !== '' && part.textContent === said ? `${said}\u00a0` : said;
}
