/** The wait for the message with a code of the account, which the browser reads where it can. */

import { codeFromMessage } from '../session/messages.js';

const CODE = /^\d{6}$/;

export class Receiving {
  end = () => {};

  /**
   * Begin to wait, instead of any wait before: a browser finds no message that came earlier.
   * @param {boolean} isPhone whether the code goes to one @param {(code: string) => void} fill @returns {() => void} fills the code in once it is read
   */
  begin(isPhone, fill) {
    this.end();
    const wait = new AbortController();
    const { signal } = wait;
    this.end = () => wait.abort();
    const received = isPhone ? codeFromMessage(signal).catch(() => '') : Promise.resolve('');
    return () => void received.then((code) => !signal.aborted && CODE.test(code) && fill(code));
  }
}
