/** Texts of the saved items, loaded together with the list. */

import { durationText, problemText, reasonText } from '../ui/texts.js';

const MAY_BE_SAVED = 'It may have been saved all the same: save it again as it is, or cancel to see.';
const MAY_BE_DONE = 'It may have been done all the same.';

export const SAVING = 'Saving…';

/** What to do about a field that the API rejected. @param {Record<string, unknown>} details @param {string} field */
export function fieldProblemText(details, field) {
  return reasonText(details, field) ?? 'Type this again, in plain letters and digits.';
}

/** @param {import('../session/api.js').ApiError} error */
export function isFixable({ code }) {
  return code === 'VALIDATION_ERROR';
}

/** @param {string} title */
export function verifiedText(title) {
  return `${title} is verified.`;
}

/** The list shows it still. @param {string} title */
export function notRemovedText(title) {
  return `${title} was not removed. Check your connection and try again.`;
}

/** Why a change failed. @param {import('../session/api.js').ApiError} error @param {import('./item.js').ItemTexts} texts @param {string} title of the item concerned @param {boolean} [isOfForm] */
export function writeProblemText(error, texts, title, isOfForm = false) {
  const { code, details, retryAfterMs } = error;
  const later = retryAfterMs === null ? 'later' : `in ${durationText(retryAfterMs)}`;
  switch (code) {
    case 'CONFLICT':
      return typeof details.limit === 'number' ? texts.full(details.limit) : texts.conflict;
    case 'NOT_FOUND':
      return texts.gone;
    case 'VERIFICATION_FAILED':
      return `The provider knows no wallet ${title}. Check the number: you can remove this wallet and add the right one.`;
    case 'PROVIDER_UNAVAILABLE':
      return `Wallets cannot be verified right now. This one stays saved; try again ${later}.`;
    case 'INSUFFICIENT_SCOPE':
      return 'This shop’s checkout may not change that.';
    default:
      return error.status === 0 ? `${problemText(error)} ${isOfForm ? MAY_BE_SAVED : MAY_BE_DONE}` : problemText(error);
  }
}
