/** Whose wallet it is, on one line where it fits. */

import { translate } from '../texts/translate.js';
import { node } from './dom.js';

/** What a mailbox shares with many others is the lesser part, and begins a line of its own before it is cut. @param {HTMLElement} line @param {string} owner masked contacts, or how they signed in */
export function showOwner(line, owner) {
  /** @type {(string | Node)[]} */
  const parts = translate(owner).split(/(@[^,]*)/);
  line.replaceChildren(...parts.flatMap((part, at) => (at % 2 ? [node('wbr'), node('span', { class: 'quiet' }, part)] : part)));
}
