/** Which language the customer reads: that of the page, where there are texts in it, else the first of the browser's that has some. */

import { LANGUAGE } from './en.js';

/** A language's two letters, whatever follows: `fr-CI`, and gettext's `fr_CI`. */
const CODE = /^([a-z]{2})(?![a-z])/i;

/** @typedef {Readonly<Record<string, () => Promise<{ speak: (isWanted: boolean) => void }>>>} Languages what loads each but English */

export class Language {
  #languages;
  #wanted = LANGUAGE;
  /** Null for English. @type {Awaited<ReturnType<Languages['']>> | null | undefined} */
  #spoken;

  /** @param {Languages} languages */
  constructor(languages) {
    this.#languages = languages;
  }

  /** @param {unknown} locale tag @returns {string | undefined} the language of the texts for it, where there are some */
  of(locale) {
    const code = CODE.exec(String(locale))?.[1]?.toLowerCase();
    return [LANGUAGE, ...Object.keys(this.#languages)].find((known) => known === code);
  }

  /** What cannot be loaded, as on a line that is down, leaves the language as it is. @param {unknown} locale that the page asks for */
  async set(locale) {
    const wanted = [locale, ...navigator.languages].map((one) => this.of(one)).find(Boolean) ?? LANGUAGE;
    this.#wanted = wanted;
    const next = await this.#languages[wanted]?.().catch(() => this.#spoken);
    if (this.#wanted !== wanted || next === this.#spoken) return; // another was asked for meanwhile
    this.#spoken?.speak(false);
    this.#spoken = next;
    next?.speak(true);
  }
}
