/** Creation of DOM nodes from names and texts. No HTML is parsed, so no text can become markup. */

import { translate } from '../texts/translate.js';

/**
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag @param {Record<string, string | boolean>} [attributes] `true` sets an attribute without a value, `false` omits it
 * @param {(Node | string | null)[]} children
 * @returns {HTMLElementTagNameMap[T]}
 */
export function node(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false) made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children.filter((child) => child !== null));
  return made;
}

/**
 * @param {string} text of ours @param {{ kind?: string, key: string, label?: string, onClick: () => void }} how
 * `kind` is its class; `key` identifies the button when the focus is restored; `label` replaces the text for screen readers where the text alone says too little
 */
export function button(text, { kind = '', key, label, onClick }) {
  const made = node('button', { type: 'button', class: kind, 'data-key': key, ...(label !== undefined && { 'aria-label': label }) }, translate(text));
  made.addEventListener('click', () => {
    if (made.getAttribute('aria-disabled') !== 'true') onClick();
  });
  return made;
}

/** Show that a button is at work, in its own width: nothing beside it moves. @param {HTMLElement} made @param {string} text of ours: what it does @returns {() => void} ends it */
export function showWork(made, text) {
  const { textContent, style, dataset } = made;
  style.minWidth = `${made.getBoundingClientRect().width}px`;
  dataset.busy = '';
  made.textContent = translate(text);
  return () => {
    style.minWidth = '';
    delete dataset.busy;
    made.textContent = textContent;
  };
}

/** Whether the focus is in this document: it must never be taken from the shop's own form. @param {Document} document */
export function isInUse(document) {
  const { activeElement, body } = document;
  return document.hasFocus() && activeElement !== null && activeElement !== body;
}
