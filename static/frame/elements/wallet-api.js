/** Client of the Link API for the signed-in customer. It sends through the token client and never sees a token. */

import { isRecord } from '../../sdk/wire.js';
import { ApiError } from '../session/api.js';

const PREFIX = '/v1/link';
const TRIES = 3;

/** @typedef {import('../../sdk/wire.js').Fields} Fields */
/** @typedef {{ contact: string, addresses: Fields[], mobileMoney: Fields[] }} WalletData */

export class WalletApi {
  #api;
  #client;
  #newKey;
  /** Idempotency keys of requests without an answer, by request: sending the same again is a retry, until a later write to the same collection is answered. @type {Map<string, string>} */
  #unanswered = new Map();

  /** @param {import('../session/api.js').Api} api @param {import('../session/token-client.js').TokenClient} client @param {() => string} newKey */
  constructor(api, client, newKey) {
    this.#api = api;
    this.#client = client;
    this.#newKey = newKey;
  }

  /** Load what this element may read of the customer's data. @returns {Promise<WalletData>} */
  async data() {
    const { data } = await this.#client.call((accessToken, signal) => this.#api.send('GET', `${PREFIX}/data`, { accessToken, tries: TRIES, signal }));
    return readData(data);
  }

  /**
   * Write to the API. The same method, path and body reuse the idempotency key when the first request got no answer.
   * @param {'POST' | 'DELETE'} method @param {string} path below `/v1/link/` @param {Fields} [body]
   * @returns {Promise<unknown>} the item as the API has saved it
   */
  async write(method, path, body) {
    const name = JSON.stringify([method, path, body]);
    const key = this.#unanswered.get(name) ?? this.#newKey();
    this.#unanswered.set(name, key);
    try {
      const { data } = await this.#send(method, path, { body, idempotencyKey: key, tries: TRIES });
      this.#settle(path);
      return data;
    } catch (error) {
      if (error instanceof ApiError && !error.isTransient) this.#settle(path);
      throw error;
    }
  }

  /** Report that an item was used; nothing waits for the answer. @param {string} path of an address or a wallet */
  track(path) {
    this.#send('POST', `${path}/track-usage`, { body: {}, idempotencyKey: this.#newKey() }).catch(() => {});
  }

  /**
   * Forget the idempotency keys of a collection's unanswered requests once one of its writes is answered: under an old key the API
   * would replay the old answer, although that write may have been undone since.
   * @param {string} path
   */
  #settle(path) {
    for (const name of this.#unanswered.keys()) if (collectionOf(JSON.parse(name)[1]) === collectionOf(path)) this.#unanswered.delete(name);
  }

  /** Forget every key: another customer's request is never a retry. */
  forget() {
    this.#unanswered.clear();
  }

  /** @param {'POST' | 'DELETE'} method @param {string} path @param {Omit<import('../session/api.js').Call, 'signal'>} call */
  #send(method, path, call) {
    return this.#client.call((accessToken, signal) => this.#api.send(method, `${PREFIX}/${path}`, { ...call, accessToken, signal }));
  }
}

/** @param {string} path */
function collectionOf(path) {
  return path.split('/')[0];
}

/** @param {unknown} data @returns {WalletData} */
function readData(data) {
  if (!isRecord(data) || !isRecord(data.customer) || typeof data.customer.contact_masked !== 'string') throw new ApiError('NETWORK'); // not an answer of the API
  return { contact: data.customer.contact_masked, addresses: recordsOf(data.addresses), mobileMoney: recordsOf(data.mobile_money) };
}

/** @param {unknown} list @returns {Fields[]} */
function recordsOf(list) {
  return Array.isArray(list) ? list.filter(isRecord) : [];
}
