/** What turns the document into another language, and back into English; the build puts the texts of each language into a file with this code. */

import { DIRECTION, LANGUAGE } from './en.js';
import { translate } from './translate.js';

/** Without a prototype: what a customer wrote is looked up too. @type {Readonly<Record<string, string>>} */
const texts = Object.assign(Object.create(null), TEXTS);
/** What stood in English when the language came, and where. @type {[place: Node, text: string][]} */
let places = [];

/** @param {boolean} isWanted else English is */
export function speak(isWanted) {
  if (isWanted) {
    globalThis.linkTexts = texts;
    collect(document.body);
    for (const [place, text] of places) place.textContent = translate(text);
  } else {
    globalThis.linkTexts = undefined;
    for (const [place, text] of places) if (place.textContent === texts[text]) place.textContent = text; // else it says something else by now
    places = [];
  }
  Object.assign(document.documentElement, { lang: translate(LANGUAGE), dir: translate(DIRECTION) });
  document.dispatchEvent(new Event('languagechange'));
}

/** Texts of ours that stand alone; what is made of several is shown anew by who made it. @param {Node} parent */
function collect(parent) {
  for (const node of parent.childNodes) {
    const text = node.nodeValue ?? '';
    if (text in texts) places.push([parent.childNodes.length > 1 ? node : parent, text]); // a button at work gets a text of its own
    else collect(node);
  }
}
