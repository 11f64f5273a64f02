/** Which text says what to the customer. Error codes are for programs and are never shown. What these functions return is in the customer's language. */

import {
  ANOTHER_WAY, BY_FORM, CANNOT_LOAD, CHOOSE_COUNTRY, ENTER_CONTACT, FALLBACK, LANGUAGE, OTHER_WAYS, PROBLEMS, SIGN_IN, START_AGAIN, STOPPED, STOPPED_ALONE, THINGS, TOO_MANY_TRIES, TRY_IN, TRY_LATER, UNAVAILABLE, USE_LINK,
} from '../texts/en.js';
import { fill, translate } from '../texts/translate.js';

/** @param {string | null} channel @returns {string} empty for none */
export function otherWayText(channel) {
  return channel === null ? '' : translate(OTHER_WAYS[channel] ?? ANOTHER_WAY);
}

/** What is wrong with a contact that is none. @param {string | null} digits of a number @param {boolean} hasCountry whether one is chosen */
export function contactProblemText(digits, hasCountry) {
  if (digits === null) return ENTER_CONTACT;
  if (!hasCountry && !digits.startsWith('+')) return CHOOSE_COUNTRY;
  return problemOf(digits.length < 12 ? 'too_short' : 'too_long');
}

/** A text about what an element shows. @param {string} text @param {import('../../sdk/wire.js').ElementName} element */
export function textOfThings(text, element) {
  return fill(text, translate(THINGS[element]));
}

/** Why the wallet is not shown. @param {{ code: string, retryAfterMs: number | null }} error @param {import('../../sdk/wire.js').ElementName} element */
export function walletProblemText(error, element) {
  if (error.code === 'RATE_LIMITED' || error.code === 'OFFLINE') return problemText(error);
  const later = error.retryAfterMs === null ? '' : ` ${againInText(error.retryAfterMs)}`;
  return `${textOfThings(CANNOT_LOAD, element)}${later} ${translate(BY_FORM)}`;
}

/** @param {string} reason why the element stopped */
export function stoppedText(reason) {
  return translate(STOPPED_ALONE[reason]) ?? `${translate(STOPPED[reason] ?? UNAVAILABLE)} ${translate(BY_FORM)}`;
}

/** What the one button does then; empty where it could help nothing, or Link goes on by itself. @param {'ended' | 'disconnected' | 'refused' | 'dismissed' | 'slow'} state @param {string} reason */
export function againText(state, reason) {
  if (state === 'refused' || state === 'slow' || reason === 'offline') return '';
  if (state === 'dismissed') return translate(USE_LINK);
  return translate(state === 'ended' ? SIGN_IN : START_AGAIN);
}

/** What is wrong with a field, where the API says it. @param {Record<string, unknown> | undefined} details @param {string} field @returns {string | undefined} */
export function reasonText(details, field) {
  return problemOf(/** @type {Record<string, unknown> | undefined} */ (details?.reasons)?.[field]);
}

/** @param {unknown} name of an error or a reason */
function problemOf(name) {
  return translate(PROBLEMS[String(name)]);
}

/** @param {{ code: string, retryAfterMs: number | null }} error */
export function problemText({ code, retryAfterMs }) {
  if (code === 'RATE_LIMITED') return `${translate(TOO_MANY_TRIES)} ${againInText(retryAfterMs)}`;
  return problemOf(code) ?? translate(FALLBACK);
}

/** When to try again. @param {number | null} ms */
export function againInText(ms) {
  return ms ? fill(TRY_IN, durationText(ms)) : translate(TRY_LATER);
}

/** @param {number} ms */
export function durationText(ms) {
  const seconds = Math.ceil(ms / 1000);
  const minutes = Math.ceil(seconds / 60);
  if (seconds < 60) return countText(seconds, 'second');
  return minutes < 120 ? countText(minutes, 'minute') : countText(Math.ceil(minutes / 60), 'hour'); // 61 of them are not two hours
}

/** @param {number} count @param {string} unit */
function countText(count, unit) {
  return count.toLocaleString(translate(LANGUAGE), { style: 'unit', unit, unitDisplay: 'long' });
}
