/** What each task of the account is called, what is said before its code goes out, and what its button says. */

import { ACCOUNT, ACCOUNT_ASKING, ACCOUNT_CODES, BUTTONS, REMOVE_THIS, REMOVING } from '../texts/en.js';
import { fill, translate } from '../texts/translate.js';

/** @typedef {import('./account-calls.js').Purpose} Purpose */
/** @typedef {{ purpose: Purpose, contact: import('./account-calls.js').OwnContact | null, typed: import('./account-calls.js').Typed }} Asked */

/** @type {Record<Purpose | 'former_contact', { title: string, words: string[], act: string, work: string, kind: string }>} */
const TASKS = {
  add_contact: { title: ACCOUNT.add, words: [ACCOUNT_ASKING.add], act: ACCOUNT_CODES.verify, work: ACCOUNT_CODES.checking, kind: '' },
  remove_contact: { title: REMOVE_THIS, words: [ACCOUNT_ASKING.remove], act: BUTTONS.remove, work: REMOVING, kind: 'danger' },
  close_account: { title: ACCOUNT_ASKING.closeTitle, words: [ACCOUNT_ASKING.closeGoes, ACCOUNT_ASKING.closeStays, ACCOUNT_ASKING.closeEnds], act: ACCOUNT.close, work: ACCOUNT.closing, kind: 'danger' },
  former_contact: { title: ACCOUNT.former, words: [ACCOUNT_ASKING.former], act: ACCOUNT_CODES.verify, work: ACCOUNT_CODES.checking, kind: '' },
  export_account: { title: ACCOUNT.export, words: [ACCOUNT_ASKING.export], act: ACCOUNT.export, work: ACCOUNT.loading, kind: '' },
};

/** @param {Asked} task */
export function wordsOf({ purpose, typed }) {
  return TASKS[typed === 'former_contact' ? typed : purpose];
}

/** @param {Asked} task */
export function titleOf(task) {
  const { title } = wordsOf(task);
  return task.contact === null ? translate(title) : fill(title, task.contact.shown);
}
