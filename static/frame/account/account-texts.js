/** Texts of contacts and account. What these functions return is in the customer's language. */

import { ACCOUNT_PROBLEMS, ACCOUNT_WAIT, LANGUAGE, MAY_BE_DONE, NOT_HERE } from '../texts/en.js';
import { fill, translate } from '../texts/translate.js';
import { durationText, problemText, reasonText } from '../ui/texts.js';

/** Names that the API gives to the limits between two codes for one contact. */
const WAITS = new Set(['otp_wait', 'otp_minute']);

/** @param {string} instant */
export function dayText(instant) {
  return new Date(instant).toLocaleDateString(translate(LANGUAGE), { weekday: 'long', day: 'numeric', month: 'long' });
}

/** Why something was not done. @param {import('../session/api.js').ApiError} error @param {boolean} isWrite whether it may have been done all the same */
export function accountProblemText(error, isWrite) {
  const { code, details, limit, retryAfterMs, status } = error;
  if (WAITS.has(limit) && retryAfterMs) return fill(ACCOUNT_WAIT, durationText(retryAfterMs));
  if (code === 'CONFLICT' && typeof details.limit === 'number') return fill(ACCOUNT_PROBLEMS.full, details.limit.toLocaleString(translate(LANGUAGE)));
  if (code === 'CONFLICT') return translate(String(details.fields) === 'id' ? ACCOUNT_PROBLEMS.last : ACCOUNT_PROBLEMS.taken);
  if (code === 'CONFIRMATION_REQUIRED') return translate(ACCOUNT_PROBLEMS.tooLate);
  if (code === 'NOT_FOUND') return translate(ACCOUNT_PROBLEMS.gone);
  if (code === 'INSUFFICIENT_SCOPE') return translate(NOT_HERE);
  const text = reasonText(details, 'contact') ?? problemText(error);
  return status === 0 && isWrite ? `${text} ${translate(MAY_BE_DONE)}` : text;
}
