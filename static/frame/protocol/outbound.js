/** The one way out to the shop. Whatever leaves this document for a window of another origin passes `outbound`. */

import { canAnswer, carriesToken, EVENTS, isChallenge, isCommandId, isEventType, NAMESPACE, pick, VERSION } from '../../sdk/wire.js';

/** @typedef {import('../../sdk/wire.js').EventType} EventType */
/** @typedef {import('../../sdk/wire.js').Fields} Fields */

const PERSONAL = [
  /@/, // an e-mail address, however it is spaced
  /\p{Nd}(?:[^\p{L}\p{Nd}]*\p{Nd}){6,}/u, // a telephone number in any script's digits, whatever but letters parts them
  /(?:cus|acc|els|lses)_[0-9A-Za-z]{8,}/, // a customer, an account, a session
];

/** What a customer chose, in its exact shape: its random letters may spell seven digits in a row, which is nobody's number. */
const CHOICE = /^(?:adr|momo)_[0-9A-Za-z]{16,32}$/;

/** Something tried to leave that must not. A bug, never a customer's doing. */
export class OutboundRefused extends Error {}

/**
 * Build the message `type` for the shop, or throw.
 * @param {EventType | 'ready'} type @param {Fields} fields @param {string | null} [id] of the command it answers
 */
export function outbound(type, fields, id = null) {
  const message = { ns: NAMESPACE, v: VERSION, type };
  // A challenge is 43 random characters, which may spell anything; its exact shape is check enough.
  if (type === 'ready') return { ...message, ...exactly(READY, fields) };
  if (!isEventType(type)) throw new OutboundRefused(`no such message: ${String(type)}`);
  const payload = exactly(EVENTS[type], fields);
  if (type === 'selected' && !CHOICE.test(String(payload.id))) throw new OutboundRefused('selected names nothing to choose');
  const read = type === 'selected' ? { label: payload.label } : payload;
  if (carriesToken(read) || carriesPersonalData(read)) throw new OutboundRefused(`${type} carries what must stay`);
  if (id === null) return { ...message, ...payload };
  if (!canAnswer(type) || !isCommandId(id)) throw new OutboundRefused(`${type} answers no command`);
  return { ...message, ...payload, id };
}

/** @type {Readonly<Record<string, import('../../sdk/wire.js').Check>>} */
const READY = Object.freeze({
  code_challenge: isChallenge,
  versions: (value) => Array.isArray(value) && value.every((version) => version === VERSION),
});

/** @param {Readonly<Record<string, import('../../sdk/wire.js').Check>>} spec @param {Fields} fields */
function exactly(spec, fields) {
  const picked = pick(spec, fields);
  if (picked === null || Object.keys(picked).length !== Object.keys(fields).length) {
    throw new OutboundRefused(`fields ${Object.keys(fields).join()} are not ${Object.keys(spec).join()}`);
  }
  return picked;
}

/** @param {Fields} payload */
function carriesPersonalData(payload) {
  return Object.values(payload).some((value) => typeof value === 'string' && PERSONAL.some((pattern) => pattern.test(value.normalize('NFKC'))));
}

/** Whether the shop may read this text, which a customer wrote. @param {string} text */
export function mayLeave(text) {
  return !carriesToken(text) && !carriesPersonalData({ text });
}
