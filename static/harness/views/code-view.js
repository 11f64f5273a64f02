/** Messages with one-time codes from the outbox of the development stack, shown beside the element that asks for them. */

import { byId, el } from './dom.js';
import { sentCodes } from '../scenarios/servers.js';

const REQUEST = '/v1/link/elements/request-otp';
const VERIFY = '/v1/link/elements/verify-otp';

export class CodeView {
  #output = byId('code');
  #messages = byId('messages');
  /** Sequence number of the exchange whose code is shown; 0 for none. */
  #shown = 0;

  /** @param {import('./timeline.js').Timeline} timeline @param {boolean} hasElement whether somebody could type the code: those of a crowd are nobody's */
  draw({ steps, startedAt }, hasElement) {
    const last = steps.flatMap(({ entry }) => (entry && [REQUEST, VERIFY].includes(entry.path) && entry.method === 'POST' && entry.status === 200 ? [entry] : [])).at(-1);
    const wanted = hasElement && last?.path === REQUEST ? last.seq : 0;
    if (wanted === this.#shown) return;
    this.#shown = wanted;
    this.#output.textContent = '';
    this.#messages.replaceChildren();
    if (wanted !== 0) void this.#show(wanted, startedAt);
  }

  /** @param {number} wanted @param {number} since */
  async #show(wanted, since) {
    const sent = await sentCodes(since).catch(() => []);
    const [newest] = sent;
    if (wanted !== this.#shown || newest === undefined) return;
    const ofContact = sent.filter(({ contact }) => contact === newest.contact).reverse();
    const which = ofContact.length > 1 ? `code ${ofContact.length}` : 'code';
    this.#output.textContent = `${which} for ${maskedContact(newest.contact)}: ${newest.code}`;
    this.#messages.replaceChildren(...ofContact.map(({ sent_at: at, channel, message }) => el('li', '', el('small', '', `${at.slice(11, 19)} ${channel}`), message)));
  }
}

/** @param {string} contact */
function maskedContact(contact) {
  return contact.startsWith('+') ? `•••${contact.slice(-2)}` : `${contact.slice(0, 1)}•••`;
}
