/** Calls of the Link API about the customer's contacts and account. */

import { isRecord } from '../../sdk/wire.js';
import { ItemWrites } from '../elements/item-writes.js';
import { LANGUAGE } from '../texts/en.js';
import { translate } from '../texts/translate.js';

const TRIES = 3;
/** Until another code can be asked for, where the API does not say. */
const ASK_AGAIN_S = 30;

/** @typedef {'add_contact' | 'remove_contact' | 'close_account' | 'export_account'} Purpose what a code is asked for, to a contact that the customer has */
/** @typedef {'new_contact' | 'former_contact'} Typed what a code is asked for, to a contact that the customer types: to be added, or of an earlier account */
/** @typedef {{ id: string, shown: string, type: 'phone' | 'email', leavesAt: string | null }} OwnContact masked; `leavesAt` is the instant when it goes, where it does */
/** @typedef {{ purpose: Purpose, contact_id: string } | { purpose: Typed, contact: string, contact_type: 'phone' | 'email' }} CodeBody */
/** @typedef {{ askAgainMs: number, otherWay: string | null }} Sent when another code can be asked for, and a channel that was not used */

export class AccountCalls {
  #api;
  #writes;

  /** @param {import('../elements/wallet-api.js').WalletApi} api */
  constructor(api) {
    this.#api = api;
    this.#writes = new ItemWrites(api);
  }

  /** @returns {Promise<OwnContact[]>} those that stay first */
  async contacts() {
    const found = await this.#api.send('GET', 'contacts', { tries: TRIES });
    return Array.isArray(found) ? found.filter(isRecord).map(contactOf) : [];
  }

  /** Ask for a code. @param {CodeBody} body @param {string | null} confirmation for a typed contact @param {string | null} [channel] @returns {Promise<Sent>} */
  async askForCode(body, confirmation, channel = null) {
    const sent = await this.#api.send('POST', 'contacts/request-otp', { body: { ...body, locale: translate(LANGUAGE), ...(channel && { channel }) }, confirmation });
    const { ask_again_in, channels } = isRecord(sent) ? sent : {};
    return {
      askAgainMs: (typeof ask_again_in === 'number' ? ask_again_in : ASK_AGAIN_S) * 1000,
      otherWay: Array.isArray(channels) ? (channels.map(String)[1] ?? null) : null,
    };
  }

  /**
   * Enter a code: the same again is a retry until it is answered.
   * @param {CodeBody} body that it was asked for with @param {string} code @param {string | null} confirmation for a typed contact
   * @returns {Promise<string | null>} what the confirmed call presents, where the code confirms one
   */
  async prove(body, code, confirmation) {
    const { contact_id, ...bound } = /** @type {import('../../sdk/wire.js').Fields} */ (body);
    const proved = await this.#writes.write('POST', 'contacts/verify-otp', { ...bound, otp_code: code }, confirmation);
    return isRecord(proved) && typeof proved.confirmation === 'string' ? proved.confirmation : null;
  }

  /** @param {string} id @param {string | null} confirmation @returns {Promise<string | null>} the instant when it goes; null where it is gone */
  async remove(id, confirmation) {
    const removed = await this.#writes.write('DELETE', `contacts/${id}`, undefined, confirmation);
    return isRecord(removed) ? instantOf(removed.leaves_at) : null;
  }

  /** @param {string | null} confirmation */
  close(confirmation) {
    return this.#writes.write('DELETE', 'account', undefined, confirmation);
  }

  /** All that is kept of the customer. @param {string | null} confirmation */
  exported(confirmation) {
    return this.#api.send('GET', 'account/export', { confirmation, tries: TRIES });
  }

  /** Another customer's call is no retry. */
  forget() {
    this.#writes.forget();
  }
}

/** @param {import('../../sdk/wire.js').Fields} fields @returns {OwnContact} */
function contactOf({ id, contact_masked, contact_type, leaves_at }) {
  return {
    id: String(id),
    shown: String(contact_masked),
    type: contact_type === 'email' ? 'email' : 'phone',
    leavesAt: instantOf(leaves_at),
  };
}

/** @param {unknown} value */
function instantOf(value) {
  return typeof value === 'string' ? value : null;
}
