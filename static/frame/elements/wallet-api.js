/** The Link API, as an element calls it for its customer: through the token client, which alone knows a token. */

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
  /** One key per intent: what went unanswered and is asked for again is the same request, unless something else changed meanwhile. @type {Map<string, string>} */
  #unanswered = new Map();

  /** @param {import('../session/api.js').Api} api @param {import('../session/token-client.js').TokenClient} client @param {() => string} newKey */
  constructor(api, client, newKey) {
    this.#api = api;
    this.#client = client;
    this.#newKey = newKey;
  }

  /** What this element may see of the customer's. @returns {Promise<WalletData>} */
  async data() {
    const { data } = await this.#client.call((accessToken, signal) => this.#api.send('GET', `${PREFIX}/data`, { accessToken, tries: TRIES, signal }));
    return readData(data);
  }

  /**
   * Change something. The same method, path and body again, after no answer came, go out under the same key.
   * @param {'POST' | 'DELETE'} method @param {string} path below the API's prefix @param {Fields} [body]
   * @returns {Promise<unknown>} what the API says of it now
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

  /** Say that it was used, without waiting: nothing hangs on it. @param {string} path of an address or a wallet */
  track(path) {
    this.#send('POST', `${path}/track-usage`, { body: {}, idempotencyKey: this.#newKey() }).catch(() => {});
  }

  /**
   * A write was answered. What went unanswered before it is from then on a new wish: under its old key the answer of then
   * would come back, though what it did may have been undone since.
   * @param {string} path
   */
  #settle(path) {
    for (const name of this.#unanswered.keys()) if (collectionOf(JSON.parse(name)[1]) === collectionOf(path)) this.#unanswered.delete(name);
  }

  /** Another customer's wish is another intent. */
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
  if (!isRecord(data) || !isRecord(data.customer) || typeof data.customer.contact_masked !== 'string') throw new ApiError('NETWORK'); // not the API's
  return { contact: data.customer.contact_masked, addresses: recordsOf(data.addresses), mobileMoney: recordsOf(data.mobile_money) };
}

/** @param {unknown} list @returns {Fields[]} */
function recordsOf(list) {
  return Array.isArray(list) ? list.filter(isRecord) : [];
}
