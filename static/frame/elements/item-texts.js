/** Texts of the saved items, loaded together with the list. What these functions return is in the customer's language. */

import { DONE, LANGUAGE, MAY_BE_DONE, MAY_BE_SAVED, NO_SUCH_WALLET, NOT_HERE, NOT_REMOVED, NOT_VERIFIED_NOW, TYPE_AGAIN } from '../texts/en.js';
import { fill, translate } from '../texts/translate.js';
import { againInText, problemText, reasonText } from '../ui/texts.js';

/** What to do about a field that the API rejected. @param {Record<string, unknown>} details @param {string} field */
export function fieldProblemText(details, field) {
  return reasonText(details, field) ?? translate(TYPE_AGAIN);
}

/** @param {import('../session/api.js').ApiError} error */
export function isFixable({ code }) {
  return code === 'VALIDATION_ERROR';
}

/** @param {string} title */
export function verifiedText(title) {
  return fill(DONE.verified, title);
}

/** @param {string} title */
export function removedText(title) {
  return fill(DONE.removed, title);
}

/** The list shows it still. @param {string} title */
export function notRemovedText(title) {
  return fill(NOT_REMOVED, title);
}

/** @param {number} count */
export function numberText(count) {
  return count.toLocaleString(translate(LANGUAGE));
}

/** Why a change failed. @param {import('../session/api.js').ApiError} error @param {import('./item.js').ItemTexts} texts @param {string} title of the item concerned @param {boolean} [isOfForm] */
export function writeProblemText(error, texts, title, isOfForm = false) {
  const { code, details, retryAfterMs } = error;
  switch (code) {
    case 'CONFLICT':
      return typeof details.limit === 'number' ? fill(texts.full, numberText(details.limit)) : translate(texts.conflict);
    case 'NOT_FOUND':
      return translate(texts.gone);
    case 'VERIFICATION_FAILED':
      return fill(NO_SUCH_WALLET, title);
    case 'PROVIDER_UNAVAILABLE':
      return `${translate(NOT_VERIFIED_NOW)} ${againInText(retryAfterMs)}`;
    case 'INSUFFICIENT_SCOPE':
      return translate(NOT_HERE);
    default:
      return error.status === 0 ? `${problemText(error)} ${translate(isOfForm ? MAY_BE_SAVED : MAY_BE_DONE)}` : problemText(error);
  }
}
