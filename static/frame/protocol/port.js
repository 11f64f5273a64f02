/** The frame's end of the port: events go out through `outbound`, commands come in through `readCommand`. */

import { readCommand } from '../../sdk/wire.js';
import { outbound } from './outbound.js';

/** @typedef {import('../../sdk/wire.js').CommandType} CommandType */

export class Outbox {
  /** @type {MessagePort | null} */
  #port = null;

  /** @param {MessagePort} port @param {(command: { type: CommandType, id: string }) => void} onCommand */
  open(port, onCommand) {
    this.close();
    this.#port = port;
    port.onmessage = ({ data }) => {
      const command = readCommand(data);
      if (command !== null && this.#port === port) onCommand(command);
    };
  }

  close() {
    if (this.#port === null) return;
    this.#port.onmessage = null;
    this.#port.close();
    this.#port = null;
  }

  /** @param {import('../../sdk/wire.js').EventType} type @param {import('../../sdk/wire.js').Fields} fields @param {string | null} [id] */
  send(type, fields, id = null) {
    this.#port?.postMessage(outbound(type, fields, id));
  }

  /** @param {import('../../sdk/failures.js').LinkError} failure @param {string | null} [id] */
  sendError({ code, retryable, message }, id = null) {
    this.send('error', { code, retryable, message }, id);
  }
}
