/** Contact of a customer, a telephone number or an e-mail address: cleaned as typed, and masked for display. */

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const NUMBER = /^\+?\d+$/;
const SHOWN_DIGITS = 4;

/** @typedef {{ contact: string, contact_type: 'phone' | 'email' }} Contact */
/** @typedef {Contact & { shown: string }} Addressee a contact, and how the customer is told of it */

/**
 * Drop format characters, which address books and chats add unseen, what is no address in a link (`tel:`, `https://wa.me/`) and a sentence's last sign, and write digits, hyphens and spaces as ASCII.
 * src/link_api/contract/cleaning.py does the same; tests/vectors/typed-contacts.json holds both.
 * @param {string} text
 */
export function cleanContact(text) {
  return text.replace(/\p{Cf}/gu, '').replace(/\p{Nd}/gu, valueOf).replace(/[\p{Zs}\t]/gu, ' ').replace(/[\p{Pd}\u2212]/gu, '-').replaceAll('\uff0b', '+').trim()
    .replace(/^https?:\/\/wa\.me\//i, 'tel:+').replace(/^(?:tel|sms|mailto): *([^?]*)[^]*/i, '$1').replace(/[ ,;.]+$/, '');
}

/** Digits stand in runs of ten, zero first (Unicode stability policy). @param {string} digit */
function valueOf(digit) {
  const code = Number(digit.codePointAt(0));
  let zero = code;
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return String((code - zero) % 10);
}

/** @param {string} text as typed @returns {Addressee | null} null when the text is no e-mail address */
export function readEmail(text) {
  const contact = cleanContact(text);
  return EMAIL.test(contact) ? { contact, contact_type: 'email', shown: contact } : null;
}

/** Digits of a number, after a `+` where it was typed with one. What else is dialled before a country code, such as `00`, depends on where, and stays. As `read_number` of src/link_api/spelling/phone_numbers.py; tests/vectors/typed-numbers.json holds both. @param {string} text as typed @returns {string | null} null when the text is no number */
export function digitsOf(text) {
  const digits = cleanContact(text).replace(/[\s()./·-]/g, '').replace(/^\++/, '+');
  return NUMBER.test(digits) ? digits : null;
}

/** Digits of a code: typed, or pasted with the message that it came in. Its last line, which browsers read, names the code beyond doubt; before it a shop's number may stand. @param {string} text */
export function codeIn(text) {
  const digits = cleanContact(text);
  return /#(\d{6})(?!\d)/.exec(digits)?.[1] ?? /(?:^|\D)(\d{6})(?!\d)/.exec(digits)?.[1] ?? digits.replace(/\D/g, '');
}

/** Mask a contact so that its owner recognises it and nobody else can read it. @param {Contact} contact */
export function maskContact({ contact, contact_type }) {
  if (contact_type === 'phone') return `•••• ${contact.slice(-SHOWN_DIGITS)}`;
  const at = contact.lastIndexOf('@');
  return `${[...contact][0]}•••${contact.slice(at)}`;
}
