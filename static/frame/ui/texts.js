/** Texts for the customer. Error codes are for programs and are never shown. */

/** What each element shows: in its heading, and in the sentence that says what Link is for, on one line at 320 px. @type {Readonly<Record<import('../../sdk/wire.js').ElementName, string>>} */
export const THINGS = { auth: 'your details', address: 'your addresses', payment: 'your wallets' };

export const NO_CONNECTION = 'We cannot reach Link right now. Check your connection and try again.';
const FALLBACK = 'Something went wrong. Please try again.';

/* Without a prototype: an error of any name may be looked up. */

/** @type {Readonly<Record<string, string>>} */
const PROBLEMS = {
  __proto__: /** @type {any} */ (null),
  OFFLINE: 'You seem to be offline. Check your connection and try again.',
  NETWORK: NO_CONNECTION,
  UPSTREAM_UNAVAILABLE: NO_CONNECTION,
  STORE_UNAVAILABLE: NO_CONNECTION,
  OTP_INVALID: 'That code is not right. Check it and try again.',
  OTP_EXPIRED: 'That code was used already, or is too old. Ask for a new one.',
  OTP_ATTEMPTS_EXCEEDED: 'Too many wrong tries. Ask for a code again; it may be the same one.',
  COUNTRY_NOT_SUPPORTED: 'Numbers of this country cannot be used here. Enter an e-mail address.',
  VALIDATION_ERROR: 'Check what you typed and try again.',
  // What is wrong with a number, as the API says in `details.reasons`, and what to do about it.
  too_short: 'This number is too short. Enter all its digits, with the area code.',
  too_long: 'This number is too long. Check its digits and its country.',
  not_mobile: 'This is not a mobile number. Enter one that is.',
  unknown_country: 'No country has this code. Check the digits after the +.',
  unknown_range: 'This is not a valid number. Check its digits.',
  country_not_served: 'Numbers of this country cannot be used here. Enter one of another.',
  not_shown: 'Is this the right number and country? Then press again.',
};

/** The customer’s next step, wherever Link stops. */
const BY_FORM = 'You can fill in the shop’s form instead.';
/** @type {Readonly<Record<string, string>>} */
const STOPPED = {
  __proto__: /** @type {any} */ (null),
  top_level: 'This page works inside a shop’s checkout.',
  insecure_context: `Link needs a secure connection (https). ${BY_FORM}`,
  unsupported_browser: `Link needs a newer browser. ${BY_FORM}`,
  disconnected: `Link is not connected to this shop. ${BY_FORM}`,
  network: `We cannot reach Link right now. ${BY_FORM}`,
  slow: `Link is slow, but still loading. ${BY_FORM}`,
  offline: `You seem to be offline. Link goes on once you are back. ${BY_FORM}`,
  rate_limited: `Link is busy. Try again in a moment. ${BY_FORM}`,
  signed_out: `You are signed out of Link. ${BY_FORM}`,
  dismissed: 'You go on without Link.',
  session_expired: `Your Link session is over. ${BY_FORM}`,
  session_revoked: `Your Link session was ended. ${BY_FORM}`,
};

export const BAD_CODE = 'Enter the 6 digits of the code.';
export const ASK_LATER = 'Another code cannot be sent yet. If you have one, enter it.';
export const SENT_AGAIN = 'The code was sent again.';
/** @type {Readonly<Record<string, string>>} */
const OTHER_WAYS = { __proto__: /** @type {any} */ (null), sms: 'Send it by SMS', whatsapp: 'Send it by WhatsApp', voice: 'Call me with it', email: 'Send it by e-mail' };

/** @param {string | null} channel @returns {string} empty for none */
export function otherWayText(channel) {
  if (channel === null) return '';
  return OTHER_WAYS[channel] ?? 'Send it another way';
}

export const SIGN_OUT_FAILED = 'We could not sign you out. Check your connection and try again.';
export const SIGNED_IN_BY_SHOP = 'Signed in through this shop';

/** What is wrong with a contact that is none. @param {string | null} digits of a number @param {boolean} hasCountry whether one is chosen */
export function contactProblemText(digits, hasCountry) {
  if (digits === null) return 'Enter a phone number or e-mail.';
  if (!hasCountry && !digits.startsWith('+')) return 'Choose the country of this number, or begin it with +.';
  return problemOf(digits.length < 12 ? 'too_short' : 'too_long');
}

/** Why the wallet is not shown. @param {{ code: string, retryAfterMs: number | null }} error @param {import('../../sdk/wire.js').ElementName} element */
export function walletProblemText(error, element) {
  if (error.code === 'RATE_LIMITED' || error.code === 'OFFLINE') return problemText(error);
  const later = error.retryAfterMs === null ? '' : ` Try again in ${durationText(error.retryAfterMs)}.`;
  return `We cannot load ${THINGS[element]} right now.${later} ${BY_FORM}`;
}

/** @param {string} reason why the element stopped */
export function stoppedText(reason) {
  return STOPPED[reason] ?? `Link is not available in this shop. ${BY_FORM}`;
}

/** What the one button does then; empty where it could help nothing, or Link goes on by itself. @param {'ended' | 'disconnected' | 'refused' | 'dismissed' | 'slow'} state @param {string} reason */
export function againText(state, reason) {
  if (state === 'refused' || state === 'slow' || reason === 'offline') return '';
  if (state === 'dismissed') return 'Use Link';
  return state === 'ended' ? 'Sign in' : 'Start again';
}

/** What is wrong with a field, where the API says it. @param {Record<string, unknown> | undefined} details @param {string} field @returns {string | undefined} */
export function reasonText(details, field) {
  return problemOf(/** @type {Record<string, unknown> | undefined} */ (details?.reasons)?.[field]);
}

/** @param {unknown} name of an error or a reason */
function problemOf(name) {
  return PROBLEMS[String(name)];
}

/** @param {{ code: string, retryAfterMs: number | null }} error */
export function problemText({ code, retryAfterMs }) {
  if (code === 'RATE_LIMITED') return `Too many tries. ${retryAfterMs ? `Try again in ${durationText(retryAfterMs)}.` : 'Try again later.'}`;
  return problemOf(code) ?? FALLBACK;
}

/** @param {number} ms */
export function durationText(ms) {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 60) return seconds === 1 ? '1 second' : `${seconds} seconds`;
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 120) return minutes === 1 ? '1 minute' : `${minutes} minutes`; // 61 of them are not two hours
  return `${Math.ceil(minutes / 60)} hours`;
}
