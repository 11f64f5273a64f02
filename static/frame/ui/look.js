/** Look of the document: its theme, and the variables that a shop may set. The code that reads those is loaded for the shops that set one. */

import { isRecord } from '../../sdk/wire.js';

/** @typedef {typeof import('./appearance.js')} AppearanceCode */
/** @typedef {() => Promise<AppearanceCode>} LoadAppearance */

/** Themes; anything else asked for takes the code that reads it. @type {unknown[]} */
const PLAIN = [undefined, 'auto', 'light', 'dark'];

export class Look {
  #document;
  #load;
  /** As the shop asked for it. @type {Record<string, unknown>} */
  #requested = {};
  /** @type {AppearanceCode | null} */
  #code = null;

  /** @param {Document} document @param {LoadAppearance} load */
  constructor(document, load) {
    this.#document = document;
    this.#load = load;
    document.defaultView?.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#code?.dress(document, this.#requested));
  }

  /** Apply what is valid of it; the theme alone where the code of variables cannot be loaded. @param {unknown} requested */
  async set(requested) {
    this.#requested = isRecord(requested) ? requested : {};
    if (this.#code === null) {
      const { theme } = this.#requested;
      const { dataset } = this.#document.documentElement;
      if (theme === 'light' || theme === 'dark') dataset.theme = theme;
      else delete dataset.theme;
      if (Object.keys(this.#requested).every((name) => name === 'theme') && PLAIN.includes(theme)) return;
      try {
        this.#code = await this.#load();
      } catch {
        return;
      }
    }
    this.#code.dress(this.#document, this.#requested);
  }
}
