/** Contact of a customer, a telephone number or an e-mail address: parsed as typed, and masked for display. */

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const PHONE = /^\+?\d{7,15}$/;
const SHOWN_DIGITS = 4;

/** @typedef {{ contact: string, contact_type: 'phone' | 'email' }} Contact */

/**
 * Drop format characters, which address books and chats add unseen, and write digits and spaces as ASCII.
 * src/link_api/contract/cleaning.py does the same; tests/vectors/typed-contacts.json holds both.
 * @param {string} text
 */
export function cleanContact(text) {
  return text.replace(/\p{Cf}/gu, '').replace(/\p{Nd}/gu, valueOf).replace(/[\p{Zs}\t]/gu, ' ').replaceAll('\uff0b', '+').trim();
}

/** Digits stand in runs of ten, zero first (Unicode stability policy). @param {string} digit */
function valueOf(digit) {
  const code = Number(digit.codePointAt(0));
  let zero = code;
  while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1))) zero -= 1;
  return String((code - zero) % 10);
}

/** @param {string} text as typed @returns {Contact | null} null when the text is neither */
export function parseContact(text) {
  const typed = cleanContact(text);
  if (typed.includes('@')) return EMAIL.test(typed) ? { contact: typed, contact_type: 'email' } : null;
  const number = typed.replace(/[\s().\u2010-\u2015/-]/g, '');
  return PHONE.test(number) ? { contact: number, contact_type: 'phone' } : null;
}

/** Mask a contact so that its owner recognises it and nobody else can read it. @param {Contact} contact */
export function maskContact({ contact, contact_type }) {
  if (contact_type === 'phone') return `•••• ${contact.slice(-SHOWN_DIGITS)}`;
  const at = contact.lastIndexOf('@');
  return `${[...contact][0]}•••${contact.slice(at)}`;
}
