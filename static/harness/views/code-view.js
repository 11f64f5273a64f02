/** Newest one-time code from the outbox of the development stack, shown beside the element that asks for it. */

import { byId } from './dom.js';
import { newestCode } from '../scenarios/servers.js';

const REQUEST = '/v1/link/elements/request-otp';
const VERIFY = '/v1/link/elements/verify-otp';

export class CodeView {
  #output = byId('code');
  /** Sequence number of the exchange whose code is shown; 0 for none. */
  #shown = 0;

  /** @param {import('./timeline.js').Timeline} timeline */
  draw({ steps }) {
    const last = steps.flatMap(({ entry }) => (entry && [REQUEST, VERIFY].includes(entry.path) && entry.method === 'POST' && entry.status === 200 ? [entry] : [])).at(-1);
    const wanted = last?.path === REQUEST ? last.seq : 0;
    if (wanted === this.#shown) return;
    this.#shown = wanted;
    this.#output.textContent = '';
    if (wanted !== 0) void this.#show(wanted);
  }

  /** @param {number} wanted */
  async #show(wanted) {
    const sent = await newestCode().catch(() => null);
    if (wanted === this.#shown && sent !== null) this.#output.textContent = `code for ${maskedContact(sent.contact)}: ${sent.code}`;
  }
}

/** @param {string} contact */
function maskedContact(contact) {
  return contact.startsWith('+') ? `•••${contact.slice(-2)}` : `${contact.slice(0, 1)}•••`;
}
