/** The customer's data, as a file that the browser saves, and as a text to copy where an iframe may save none. */

import { ACCOUNT_DONE, ACCOUNT_EXPORT } from '../texts/en.js';
import { translate } from '../texts/translate.js';
import { button, node } from '../ui/dom.js';

const NAME = 'cimplify-link.json';

/** @param {string} json @param {(news: string) => void} say */
export function exportNodes(json, say) {
  const text = node('textarea', { id: 'account-data', readonly: true, rows: '5', spellcheck: 'false' });
  text.value = json;
  const save = button(ACCOUNT_EXPORT.save, { key: 'save', onClick: () => {
    saveFile(json);
    say(ACCOUNT_DONE.saved);
  } });
  const copy = button(ACCOUNT_EXPORT.copy, { kind: 'second', key: 'copy', onClick: () => {
    text.focus();
    text.select();
    say(document.execCommand('copy') ? ACCOUNT_DONE.copied : ACCOUNT_DONE.selected); // the clipboard's own interface needs a permission from the page
  } });
  return [
    node('p', {}, translate(ACCOUNT_EXPORT.ready)),
    node('div', { class: 'row' }, save, copy),
    node('label', { for: text.id }, translate(ACCOUNT_EXPORT.text)),
    text,
  ];
}

/** @param {string} json */
function saveFile(json) {
  const address = URL.createObjectURL(new Blob([json], { type: 'application/json' }));
  const link = node('a', { href: address, download: NAME });
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(address), 60_000); // some browsers read it only once the customer has agreed
}
