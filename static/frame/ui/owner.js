/** Whose wallet it is, on one line where it fits. */

import { translate } from '../texts/translate.js';
import { node } from './dom.js';

/** What a mailbox shares with many others is the lesser part, and begins a line of its own before it is cut. @param {HTMLElement} line @param {string} owner masked contact, or how they signed in */
export function showOwner(line, owner) {
  const [name = '', domain] = translate(owner).split(/(?=@)/);
  line.textContent = name;
  if (domain !== undefined) line.append(node('wbr'), node('span', { class: 'quiet' }, domain));
}
