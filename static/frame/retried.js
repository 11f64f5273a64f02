/** Loading of a file once it is needed. */

/**
 * Browsers keep an import that failed for as long as the document lives, so another try has an address of its own; the file is the same.
 * @template T
 * @param {() => Promise<T>} load @param {string} address
 * @returns {() => Promise<T>}
 */
export function retried(load, address) {
  let failed = 0;
  return async () => {
    try {
      return await (failed === 0 ? load() : import(`${address}?again=${failed}`));
    } catch (error) {
      failed += 1;
      throw error;
    }
  };
}
