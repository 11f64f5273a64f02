/** DPoP keys of kept sign-ins, in IndexedDB: as this code has them, to sign with and not to export. A key is found by its name alone. */

const DATABASE = 'cimplify.link';
const STORE = 'keys';

/** @typedef {{ proofKey: import('./dpop.js').Key, turn: number, usedAt: number }} KeptKey `turn` counts the tokens that the key was used for; `usedAt` in ms since 1970 */

export class KeptKeys {
  #indexedDB;

  /** @param {IDBFactory} indexedDB */
  constructor(indexedDB) {
    this.#indexedDB = indexedDB;
  }

  /** @param {string} name @returns {Promise<KeptKey | undefined>} */
  get(name) {
    return this.#run('readonly', (store) => store.get(name));
  }

  /** Keep a new key, and forget those that nobody used after `usedAt`. @param {string} name @param {KeptKey} kept @param {number} usedAt ms since 1970 */
  add(name, kept, usedAt) {
    return this.#run('readwrite', (store) => {
      forEach(store.openCursor(), (cursor) => { if (cursor.value.usedAt < usedAt) cursor.delete(); });
      return store.put(kept, name);
    });
  }

  /** The key was used for another token. @param {string} name @param {Partial<KeptKey>} changed @returns {Promise<boolean>} false where the key was forgotten meanwhile */
  async change(name, changed) {
    let isThere = false;
    await this.#run('readwrite', (store) => forEach(store.openCursor(name), (cursor) => {
      isThere = true;
      cursor.update({ ...cursor.value, ...changed });
    }));
    return isThere;
  }

  /** Forget every key whose name begins so. @param {string} beginning */
  forget(beginning) {
    return this.#run('readwrite', (store) => store.delete(IDBKeyRange.bound(beginning, `${beginning}\uffff`)));
  }

  /**
   * Open the database for one transaction: an open one would keep the page out of the back/forward cache in some browsers.
   * @template T
   * @param {IDBTransactionMode} mode @param {(store: IDBObjectStore) => IDBRequest<T>} task
   * @returns {Promise<T>}
   */
  #run(mode, task) {
    return new Promise((resolve, reject) => {
      const opening = this.#indexedDB.open(DATABASE, 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
      opening.onerror = () => reject(opening.error);
      opening.onsuccess = () => {
        const database = opening.result;
        try {
          const transaction = database.transaction(STORE, mode);
          const request = task(transaction.objectStore(STORE));
          transaction.oncomplete = () => {
            database.close();
            resolve(request.result);
          };
          transaction.onabort = () => {
            database.close();
            reject(transaction.error);
          };
        } catch (error) { // such as for a name that is none, or a key that this browser cannot store
          database.close();
          reject(error);
        }
      };
    });
  }
}

/** @param {IDBRequest<IDBCursorWithValue | null>} request @param {(cursor: IDBCursorWithValue) => void} task */
function forEach(request, task) {
  request.onsuccess = () => {
    const cursor = request.result;
    if (cursor === null) return;
    task(cursor);
    cursor.continue();
  };
  return request;
}
