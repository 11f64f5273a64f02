/** Changes of the saved items, sent so that one without an answer can be sent again. */

import { isAnswer } from '../session/is-answer.js';

const TRIES = 3;

/** @typedef {import('./wallet-api.js').WalletApi} WalletApi */

export class ItemWrites {
  #api;
  /** Idempotency keys of requests without an answer, by request: sending the same again is a retry, until a later write to the same collection is answered. @type {Map<string, string>} */
  #unanswered = new Map();

  /** @param {WalletApi} api */
  constructor(api) {
    this.#api = api;
  }

  /**
   * Write to the API. The same method, path and body reuse the idempotency key when the first request got no answer.
   * @param {'POST' | 'DELETE'} method @param {string} path below `/v1/link/` @param {import('../../sdk/wire.js').Fields} [body] @param {string | null} [confirmation]
   * @returns {Promise<unknown>} the item as the API has saved it
   */
  async write(method, path, body, confirmation) {
    const name = JSON.stringify([method, path, body]);
    const key = this.#unanswered.get(name) ?? this.#api.newKey();
    this.#unanswered.set(name, key);
    try {
      const data = await this.#api.send(method, path, { body, idempotencyKey: key, confirmation, tries: TRIES });
      this.#settle(path);
      return data;
    } catch (error) {
      if (isAnswer(error)) this.#settle(path);
      throw error;
    }
  }

  /** Report that an item was used; nothing waits for the answer. @param {string} path of an address or a wallet */
  track(path) {
    this.#api.send('POST', `${path}/track-usage`, { body: {}, idempotencyKey: this.#api.newKey() }).catch(() => {});
  }

  /** Forget every key: another customer's request is never a retry. */
  forget() {
    this.#unanswered.clear();
  }

  /**
   * Forget the idempotency keys of a collection's unanswered requests once one of its writes is answered: under an old key the API
   * would replay the old answer, although that write may have been undone since.
   * @param {string} path
   */
  #settle(path) {
    for (const name of this.#unanswered.keys()) if (collectionOf(JSON.parse(name)[1]) === collectionOf(path)) this.#unanswered.delete(name);
  }
}

/** @param {string} path */
function collectionOf(path) {
  return path.split('/')[0];
}
