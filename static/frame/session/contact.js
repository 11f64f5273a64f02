/** Contact of a customer, a telephone number or an e-mail address: parsed as typed, and masked for display. */

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const PHONE = /^\+?\d{7,15}$/;
const SHOWN_DIGITS = 4;

/** @typedef {{ contact: string, contact_type: 'phone' | 'email' }} Contact */

/** @param {string} text as typed @returns {Contact | null} null when the text is neither */
export function parseContact(text) {
  const typed = text.trim();
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
