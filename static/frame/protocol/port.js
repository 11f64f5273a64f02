/** The frame's end of the MessagePort to the shop: a filter checks every outgoing message, a parser every incoming command. */

import { fieldsOf } from '../../sdk/failures.js';
import { canAnswer, carriesToken, EVENTS, isCommandId, isEventType, NAMESPACE, pick, readCommand, VERSION } from '../../sdk/wire.js';

/** @typedef {import('../../sdk/wire.js').CommandType} CommandType */
/** @typedef {import('../../sdk/wire.js').EventType} EventType */
/** @typedef {import('../../sdk/wire.js').Fields} Fields */
/** @typedef {Readonly<Record<string, import('../../sdk/wire.js').Check>>} Schema */

/**
 * Personal data, which no field of a message may hold: an e-mail address, with or without spaces in it; a telephone number in the digits of any
 * script, with any separators but letters; the id of a customer, an account or a session.
 */
const PERSONAL = /@|\p{Nd}(?:[^\p{L}\p{Nd}]*\p{Nd}){6,}|(?:cus|acc|els|lses)_[0-9A-Za-z]{8,}/u;

/** Id of an address (`adr_` in older rows) or a wallet. The shape is checked instead of `PERSONAL`: random characters may contain seven digits in a row. */
const ITEM_ID = /^(?:addr|adr|momo)_[0-9A-Za-z]{16,32}$/;

/** What the SDK takes is longer, as releases before this one sent. */
const LONGEST_LABEL = 60;

/** An outgoing message, or its fields by name, is none that the shop may see. This is a bug in the frame, never an error of the customer. */
export class OutboundError extends Error {}

/** The open port to the shop, if there is one. While it is closed, messages are dropped. */
export class Port {
  /** @type {MessagePort | null} */
  #messagePort = null;

  /** Use this port from now on; an earlier one is closed. @param {MessagePort} messagePort @param {(command: import('./commands.js').Command) => void} onCommand */
  open(messagePort, onCommand) {
    this.close();
    this.#messagePort = messagePort;
    messagePort.onmessage = ({ data }) => {
      const command = readCommand(data);
      if (command !== null && this.#messagePort === messagePort) onCommand(command);
    };
  }

  close() {
    if (this.#messagePort === null) return;
    this.#messagePort.onmessage = null;
    this.#messagePort.close();
    this.#messagePort = null;
  }

  /** @param {EventType} type @param {Fields} fields @param {string | null} [id] of the command that this event answers */
  send(type, fields, id = null) {
    this.#messagePort?.postMessage(buildMessage(type, fields, id));
  }

  /** @param {import('../../sdk/failures.js').LinkError} failure @param {string | null} [id] of the command that failed */
  sendError(failure, id = null) {
    this.send('error', fieldsOf(failure), id);
  }
}

/**
 * Build a message for the shop. Every message on the port is built here; `ready`, which goes without one, in `beginning.js`.
 * @param {EventType} type @param {Fields} fields @param {string | null} [id] of the command that this message answers
 * @returns {Fields}
 * @throws {OutboundError} when a field is unknown, malformed, or looks like a token or personal data
 */
export function buildMessage(type, fields, id = null) {
  if (!isEventType(type)) throw new OutboundError(String(type));
  const payload = checkFields(EVENTS[type], fields);
  /** @type {Fields} */
  let checked = { ...payload, request_id: '' }; // whose shape is checked already
  if (type === 'selected') {
    const { id: itemId, label } = /** @type {{ id: string, label: string }} */ (payload);
    if (!ITEM_ID.test(itemId) || label.length > LONGEST_LABEL) throw new OutboundError(type);
    checked = { label };
  }
  if (carriesToken(checked) || carriesPersonalData(checked)) throw new OutboundError(`${type} tells a secret`);
  if (id !== null && !(canAnswer(type) && isCommandId(id))) throw new OutboundError(type);
  return { ns: NAMESPACE, v: VERSION, type, ...payload, ...(id !== null && { id }) };
}

/** Whether the shop may read a text that the customer wrote. @param {string} text */
export function isSafeForShop(text) {
  return !carriesToken(text) && !carriesPersonalData({ text });
}

/** @param {Schema} schema @param {Fields} fields @returns {Fields} */
function checkFields(schema, fields) {
  const picked = pick(schema, fields);
  if (picked === null || Object.keys(picked).length !== Object.keys(fields).length) {
    throw new OutboundError(Object.keys(fields).join());
  }
  return picked;
}

/** @param {Fields} payload */
function carriesPersonalData(payload) {
  return Object.values(payload).some((value) => typeof value === 'string' && PERSONAL.test(value.normalize('NFKC')));
}
