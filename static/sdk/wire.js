/**
 * Messages of the protocol `cimplify.link/1`: their fields, and the only functions that read one.
 * A message comes from another window. A reader therefore returns a new object with the known fields, or null;
 * it never throws, and never keeps a reference to its input.
 */

export const NAMESPACE = 'cimplify.link';
export const VERSION = 1;
export const MAX_MESSAGE_BYTES = 16 * 1024;
export const MAX_HEIGHT = 10_000;

/** @typedef {'auth' | 'address' | 'payment'} ElementName */
/** @typedef {'refresh' | 'logout' | 'update' | 'destroy'} CommandType */
/** @typedef {'initialized' | 'authenticated' | 'token_refreshed' | 'height_change' | 'step' | 'dismissed' | 'selected' | 'error' | 'logout_complete'} EventType */
/** @typedef {'contact' | 'code' | 'list' | 'form' | 'done'} StepName what the customer sees: `docs/protocol.md#messages` */
/** @typedef {Record<string, unknown>} Fields */
/** @typedef {(value: unknown) => boolean} Check */

/** @type {readonly ElementName[]} */
export const ELEMENTS = ['auth', 'address', 'payment'];
/** @type {readonly CommandType[]} */
export const COMMANDS = ['refresh', 'logout', 'update', 'destroy'];

const MAX_DEPTH = 8;
const MAX_VERSIONS = 16;
const CHALLENGE = /^[\w-]{43}$/;
const BOOTSTRAP_TOKEN = /^elb_[\w-]{16,4096}$/;
const COMMAND_ID = /^[\w-]{1,64}$/;
const CODE = /^[a-z][a-z_]{0,63}$/;
/** Letters, digits and hyphens, more than a telephone number has: so no contact, token or id of a customer is one. */
const REQUEST_ID = /^[0-9A-Za-z-]{16,64}$/;
const OPAQUE_ID = /^[a-z]+_[0-9A-Za-z]{16,32}$/;
const TOKEN = /(?:lnk|rfr|elr|elb)_[\w-]{8,}|eyJ[\w-]{4,}\.[\w-]{4,}/;

/** @type {(most: number) => Check} */
const textUpTo = /* @__NO_SIDE_EFFECTS__ */ (most) => (value) => typeof value === 'string' && value.length <= most;
/** @type {(pattern: RegExp) => Check} */
const textLike = /* @__NO_SIDE_EFFECTS__ */ (pattern) => (value) => typeof value === 'string' && pattern.test(value);
/** @type {Check} */
const isSeconds = (/** @type {any} */ value) => Number.isInteger(value) && value >= 0 && value <= 86_400;

/** Whether `value` may be what our services called a request. */
export const isRequestId = /** @type {(value: unknown) => value is string} */ (textLike(REQUEST_ID));

/**
 * Events from the frame to the shop, field by field. Both sides accept these types and fields only.
 * @type {Readonly<Record<EventType, Readonly<Record<string, Check>>>>}
 */
export const EVENTS = {
  initialized: { state: (value) => value === 'guest' || value === 'authenticated' },
  authenticated: {},
  token_refreshed: { expires_in: isSeconds },
  height_change: { height: (value) => Number.isFinite(value) },
  step: { name: textLike(CODE) },
  dismissed: {},
  selected: { element: isElement, id: textLike(OPAQUE_ID), label: textUpTo(120) },
  error: { code: textLike(CODE), retryable: (value) => typeof value === 'boolean', message: textUpTo(300), request_id: (value) => value === undefined || isRequestId(value) },
  logout_complete: {},
};

/** `Object.hasOwn`, which browsers of the floor lack. @param {object} object @param {string} name */
export function hasOwn(object, name) {
  return {}.hasOwnProperty.call(object, name);
}

/** @param {unknown} value @returns {value is ElementName} */
export function isElement(value) {
  return ELEMENTS.includes(/** @type {any} */ (value));
}

/** @param {unknown} value @returns {value is string} */
export function isChallenge(value) {
  return typeof value === 'string' && CHALLENGE.test(value);
}

/** @param {unknown} value @returns {value is string} */
export function isBootstrapToken(value) {
  return typeof value === 'string' && BOOTSTRAP_TOKEN.test(value);
}

/** @param {unknown} value @returns {value is string} */
export function isCommandId(value) {
  return typeof value === 'string' && COMMAND_ID.test(value) && !looksLikeToken(value);
}

/** @param {number} height */
export function clampHeight(height) {
  return Math.min(MAX_HEIGHT, Math.max(0, Math.ceil(height)));
}

/** @param {string} text */
export function looksLikeToken(text) {
  return TOKEN.test(text);
}

/**
 * Whether any string in `value`, key or content, looks like a token.
 * @param {unknown} value small JSON, see `isSmallJson`
 * @returns {boolean}
 */
export function carriesToken(value) {
  if (typeof value === 'string') return looksLikeToken(value);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, inner]) => looksLikeToken(key) || carriesToken(inner));
}

/**
 * Whether `value` is plain acyclic JSON of at most `mostBytes`.
 * The value is walked first: `JSON.stringify` alone would need unbounded memory for a huge one.
 * @param {unknown} value @param {number} [mostBytes]
 */
export function isSmallJson(value, mostBytes = MAX_MESSAGE_BYTES) {
  if (spend(value, mostBytes, 0) < 0) return false;
  return encodeURIComponent(JSON.stringify(value)).replace(/%../g, '.').length <= mostBytes;
}

/**
 * Return the part of `budget` that is left after `value`; negative when the value is too large or not JSON.
 * A cycle exceeds the depth limit.
 * @param {unknown} value @param {number} budget @param {number} depth
 * @returns {number}
 */
function spend(value, budget, depth) {
  if (value === null || value === undefined || typeof value === 'boolean') return budget - 1;
  if (typeof value === 'string') return budget - value.length;
  if (typeof value === 'number') return Number.isFinite(value) ? budget - 1 : -1;
  if (typeof value !== 'object' || depth > MAX_DEPTH) return -1;
  const isList = Array.isArray(value);
  if (isList ? value.length > budget : !isRecord(value)) return -1;
  let left = budget - 2;
  for (const key in value) {
    if (!hasOwn(value, key)) continue; // a library of the shop has added it to every object; an old one replaces `Object.keys` too
    left = spend(/** @type {Fields} */ (value)[key], left - (isList ? 1 : key.length + 1), depth + 1);
    if (left < 0) return -1;
  }
  return left;
}

/** @param {unknown} value @returns {value is Fields} */
export function isRecord(value) {
  if (typeof value !== 'object' || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * @template T
 * @param {unknown} data @param {(message: Fields) => T | null} read
 * @returns {T | null}
 */
function readMessage(data, read) {
  try {
    if (!isRecord(data) || data.ns !== NAMESPACE || data.v !== VERSION || !isSmallJson(data)) return null;
    return read(data);
  } catch {
    return null; // a getter or proxy may throw at any access
  }
}

/**
 * Read `ready`, the first message of the frame.
 * @param {unknown} data
 * @returns {{ code_challenge: string, versions: number[] } | null}
 */
export function readReady(data) {
  return readMessage(data, ({ type, code_challenge, versions }) => {
    if (type !== 'ready' || !isChallenge(code_challenge)) return null;
    if (!Array.isArray(versions) || versions.length > MAX_VERSIONS || !versions.every(Number.isInteger)) return null;
    return { code_challenge, versions: [...versions] };
  });
}

/**
 * Read `init`, the only window message of the shop. A token in any other field than `bootstrap_token` makes it invalid:
 * otherwise an attacker could put the customer into another session.
 * @param {unknown} data
 * @returns {{ code_challenge: string, bootstrap_token: string, options: Fields, guest: boolean | undefined } | null} `guest`: the shop vouches for nobody
 */
export function readInit(data) {
  return readMessage(data, ({ type, code_challenge, bootstrap_token, options, guest, ...rest }) => {
    if (type !== 'init' || !isChallenge(code_challenge) || !isBootstrapToken(bootstrap_token)) return null;
    const known = readOptions(options);
    if (known === null || carriesToken(rest) || ![undefined, true, false].includes(/** @type {any} */ (guest))) return null;
    return { code_challenge, bootstrap_token, options: known, guest: /** @type {any} */ (guest) };
  });
}

/** @param {unknown} options @returns {Fields | null} */
function readOptions(options = {}) {
  if (!isRecord(options) || carriesToken(options)) return null;
  return isRecord(options.appearance) ? { appearance: options.appearance } : {};
}

/**
 * Read a command that the shop sent over the port.
 * @param {unknown} data
 * @returns {{ type: CommandType, id: string, options?: Fields } | null} `options` of an `update`
 */
export function readCommand(data) {
  return readMessage(data, ({ type, id, options }) => {
    const command = COMMANDS.find((known) => known === type);
    if (!command || !isCommandId(id)) return null;
    if (command !== 'update') return { type: command, id };
    const known = readOptions(options);
    return known && { type: command, id, options: known };
  });
}

/**
 * Read an event that the frame sent over the port.
 * @param {unknown} data
 * @returns {{ type: EventType, id: string | null, payload: Fields } | null}
 */
export function readEvent(data) {
  return readMessage(data, ({ type, ...fields }) => {
    if (!isEventType(type)) return null;
    const payload = pick(EVENTS[type], fields);
    const isAnswer = canAnswer(type) && isCommandId(fields.id);
    return payload && { type, id: isAnswer ? String(fields.id) : null, payload };
  });
}

/** Whether an event may answer a command. `selected` cannot: it has an `id` of its own, and no command asks for it. @param {EventType} type */
export function canAnswer(type) {
  return !hasOwn(EVENTS[type], 'id');
}

/** @param {unknown} type @returns {type is EventType} */
export function isEventType(type) {
  return typeof type === 'string' && hasOwn(EVENTS, type);
}

/**
 * Copy the fields named by `spec`; null when one is invalid, or missing where `spec` does not let it.
 * @param {Readonly<Record<string, Check>>} spec @param {Fields} fields
 * @returns {Fields | null}
 */
export function pick(spec, fields) {
  /** @type {Fields} */
  const picked = {};
  for (const [name, isRight] of Object.entries(spec)) {
    const value = hasOwn(fields, name) ? fields[name] : undefined;
    if (!isRight(value)) return null;
    if (value !== undefined) picked[name] = name === 'height' ? clampHeight(/** @type {number} */ (value)) : value;
  }
  return picked;
}
