/** The line that only screen readers find: what has just happened, for as long as it is news. */

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

/** Show a text in a part that is read out when it changes: the same once more is a change too. @param {HTMLElement} part @param {string} text */
export function tell(part, text) {
  part.textContent = text !== '' && part.textContent === text ? `${text}\u00a0` : text;
}
