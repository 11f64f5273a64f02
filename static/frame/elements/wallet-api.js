/** Client of the Link API for the signed-in customer. It sends through the token client and never sees a token. */

import { isRecord } from '../../sdk/wire.js';
import { ApiError } from '../session/api.js';

const TRIES = 3;

/** @typedef {import('../../sdk/wire.js').Fields} Fields */
/** @typedef {{ contact: string, saved: Fields }} WalletData every contact of the customer, masked; lists of what is `saved` are not checked yet: the element that shows one does */

export class WalletApi {
  #api;
  #client;
  newKey;

  /** @param {import('../session/api.js').Api} api @param {import('../session/token-client.js').TokenClient} client @param {() => string} newKey makes an idempotency key */
  constructor(api, client, newKey) {
    this.#api = api;
    this.#client = client;
    this.newKey = newKey;
  }

  /** Load what this element may read of the customer's data. @returns {Promise<WalletData>} */
  async data() {
    return readData(await this.send('GET', 'data', { tries: TRIES }));
  }

  /** @param {import('../session/api.js').Method} method @param {string} path below `/v1/link/` @param {Omit<import('../session/api.js').Call, 'signal'>} call @returns {Promise<unknown>} what the API answered */
  async send(method, path, call) {
    const { data } = await this.#client.call((accessToken, signal) => this.#api.send(method, `/v1/link/${path}`, { ...call, accessToken, signal }));
    return data;
  }
}

/** @param {unknown} data @returns {WalletData} */
function readData(data) {
  if (!isRecord(data) || !isRecord(data.customer) || typeof data.customer.contact_masked !== 'string') throw new ApiError('NETWORK'); // not an answer of the API
  const { contact_masked, contacts_masked } = data.customer;
  return { contact: Array.isArray(contacts_masked) ? contacts_masked.join(', ') : contact_masked, saved: data }; // the API of the release before names one
}
