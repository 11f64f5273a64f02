/** Steps of the trace, one for each arrow of the sequence, made from what the page and the servers recorded. */

/** @typedef {'shop' | 'frame' | 'api'} Lane */
/** @typedef {'ok' | 'refused' | 'lost' | 'dropped'} Outcome */
/**
 * @typedef {object} Step
 * @property {number} at epoch milliseconds
 * @property {Lane} from
 * @property {Lane} to
 * @property {'window' | 'port' | 'http' | 'note'} kind
 * @property {string} label
 * @property {Outcome} outcome
 * @property {string} [result] outcome in a few words
 * @property {string} [reason] why the message was dropped, refused or lost
 * @property {unknown} data content shown in the inspector
 * @property {Entry} [entry] of an exchange
 * @property {number} [port] number of the page's port
 */
/**
 * HTTP exchange as `/dev/trace` reports it.
 * @typedef {object} Entry
 * @property {number} seq
 * @property {string} host
 * @property {string} method
 * @property {string} path
 * @property {Record<string, string>} query
 * @property {number} status 0 without an answer
 * @property {number} started_at
 * @property {number} ms
 * @property {string | null} origin
 * @property {string | null} sec_fetch_site
 * @property {string | null} sec_fetch_dest
 * @property {string | null} error
 * @property {string | null} outcome
 * @property {string | null} frame_ancestors
 * @property {string | null} retry_after
 * @property {string | null} fault
 * @property {number | null} revoked number of sessions that a logout ended
 * @property {string[] | null} code_of when the messages were sent whose code was entered; null if no code was read
 * @property {boolean} dpop whether the request carried a DPoP proof
 * @property {Claims | null} claims
 * @property {{ id: string, state: string, [name: string]: unknown } | null} session
 */
/** @typedef {{ sid: string, iat: number, exp: number, amr: string[], [name: string]: unknown }} Claims */
/**
 * A message that the page received.
 * @typedef {object} WindowMessage
 * @property {number} at
 * @property {unknown} data
 * @property {string} origin
 * @property {boolean} isFromElement whether its source is the element's iframe
 */

const API = '/v1/link/';
const ELEMENTS_API = '/v1/link/elements/';
const AUTH_SERVICE = 'auth-service';
/** Why a call that met a fault has no answer of our services. @type {Readonly<Record<string, string>>} */
const REASONS = Object.freeze({ lose: 'processed, answer lost', offline: 'connection reset, not processed', down: 'the gateway’s page' });
const NAMESPACE = 'cimplify.link';
/** Begins the label of a step of the element that the SDK mounts hidden, to keep a customer signed in: it is none of a scenario's elements. */
const HIDDEN = 'hidden: ';

/**
 * Return why the SDK ignores a window message, by the first check that fails; null when it accepts the message.
 * @param {WindowMessage} message @param {string} elementsOrigin @param {ReadonlySet<string>} seenChallenges
 * @returns {string | null}
 */
export function dropReason({ data, origin, isFromElement }, elementsOrigin, seenChallenges) {
  if (!isFromElement) return 'source ≠ the element’s iframe';
  if (origin !== elementsOrigin) return `origin ≠ ${elementsOrigin}`;
  const { ns, v, type, code_challenge: challenge } = fieldsOf(data);
  if (ns !== NAMESPACE || v !== 1 || type !== 'ready') return 'not a ready of cimplify.link/1';
  return seenChallenges.has(String(challenge)) ? 'challenge seen before' : null;
}

/** @param {WindowMessage} message @param {string | null} reason @param {boolean} isHidden whether it is of the hidden element @returns {Step} */
export function stepOfWindowMessage(message, reason, isHidden) {
  const { ns, type } = fieldsOf(message.data);
  const label = labelled(ns === NAMESPACE ? String(type) : 'some message', isHidden);
  const from = message.isFromElement ? 'frame' : 'shop';
  const outcome = reason === null ? 'ok' : 'dropped';
  return { at: message.at, from, to: 'shop', kind: 'window', label, outcome, ...(reason === null ? {} : { reason }), data: message.data };
}

/** @param {import('../page/tap.js').Observation} observation @param {boolean} [isHidden] whether the port is the hidden element's @returns {Step} */
export function stepOfPortMessage({ at, data, direction, port = 0 }, isHidden = false) {
  const { type, code, state } = fieldsOf(data);
  /** @type {readonly [Lane, Lane]} */
  const [from, to] = direction === 'received' ? ['frame', 'shop'] : ['shop', 'frame'];
  const isError = type === 'error';
  return { at, from, to, kind: 'port', label: labelled(String(type), isHidden), outcome: isError ? 'refused' : 'ok', result: String(code ?? state ?? ''), data, port };
}

/**
 * Step of the SDK's `init`. A page cannot observe what it posts to another origin, so the message is rebuilt from
 * the port that the SDK created, the challenge it received and the bootstrap token of the answer.
 * @param {number} at @param {string} challenge @param {string} bootstrapToken @param {boolean} isHidden @returns {Step}
 */
export function stepOfInit(at, challenge, bootstrapToken, isHidden) {
  const data = { ns: NAMESPACE, v: 1, type: 'init', code_challenge: challenge, bootstrap_token: bootstrapToken, options: {} };
  return { at, from: 'shop', to: 'frame', kind: 'window', label: labelled('init', isHidden), result: '+ port', outcome: 'ok', data };
}

/** @param {string} label @param {boolean} isHidden */
function labelled(label, isHidden) {
  return isHidden ? HIDDEN + label : label;
}

/** @param {number} at @param {string} label @param {Lane} lane @param {unknown} [data] @returns {Step} */
export function note(at, label, lane, data = {}) {
  return { at, from: lane, to: lane, kind: 'note', label, outcome: 'ok', data };
}

/**
 * Step of an exchange; null for one without information, such as a module of the SDK.
 * @param {Entry} entry
 * @returns {Step | null}
 */
export function stepOfExchange(entry) {
  const isDocument = entry.sec_fetch_dest === 'iframe' && entry.path.startsWith('/elements/');
  if (!isDocument && !entry.path.startsWith(API)) return null;
  const from = entry.host === AUTH_SERVICE ? 'api' : laneOf(entry, isDocument);
  const outcome = outcomeOf(entry, isDocument);
  const reason = reasonOf(entry, isDocument);
  return {
    at: entry.started_at,
    from,
    to: 'api',
    kind: entry.host === AUTH_SERVICE ? 'note' : 'http',
    label: labelOf(entry, isDocument),
    outcome,
    ...(reason === null ? {} : { reason }),
    result: `${entry.status || 'no answer'}${entry.outcome === null ? '' : ` ${entry.outcome}`} · ${entry.ms.toFixed(entry.ms < 10 ? 1 : 0)} ms${proofOf(entry)}`,
    data: withoutEmpty(entry),
    entry,
  };
}

/** Mark of a DPoP proof, with ✓ where the issued token is bound to its key. @param {Entry} entry */
function proofOf({ dpop, claims }) {
  if (!dpop) return '';
  return typeof fieldsOf(claims?.cnf).jkt === 'string' ? ' · DPoP ✓' : ' · DPoP';
}

/** @param {Entry} entry @param {boolean} isDocument @returns {Lane} */
function laneOf({ origin, sec_fetch_site: site }, isDocument) {
  const isReadOfFrame = origin === null && site === 'same-origin'; // browsers send no Origin header with such requests
  return isDocument || isReadOfFrame || hostOf(origin) === 'link' ? 'frame' : 'shop';
}

/** @param {Entry} entry @param {boolean} isDocument @returns {Outcome} */
function outcomeOf({ status, fault, frame_ancestors: ancestors }, isDocument) {
  if (fault === 'lose' || fault === 'offline') return 'lost';
  return status >= 400 || (isDocument && ancestors === "'none'") ? 'refused' : 'ok';
}

/** @param {Entry} entry @param {boolean} isDocument @returns {string | null} */
function reasonOf({ error, fault, frame_ancestors: ancestors }, isDocument) {
  const ofFault = REASONS[fault ?? ''];
  if (ofFault !== undefined) return ofFault;
  if (error !== null) return error;
  return isDocument && ancestors !== null ? `frame-ancestors ${ancestors.replace(/^https?:\/\//, '')}` : null;
}

/** @param {Entry} entry @param {boolean} isDocument */
function labelOf({ method, path, host, origin }, isDocument) {
  if (isDocument) return 'GET document';
  const short = path.startsWith(ELEMENTS_API) ? path.slice(ELEMENTS_API.length) : path.slice(path.startsWith(API) ? API.length : 0);
  if (host === AUTH_SERVICE) return `bridge → auth service: ${short}`;
  const stranger = hostOf(origin);
  const who = stranger !== null && !['shop', 'link'].includes(stranger) ? `${stranger}: ` : '';
  return `${who}${method === 'POST' ? '' : `${method} `}${short}`;
}

/** The first label of an origin's host: `shop`, `link`, `evil`, … @param {string | null} origin */
export function hostOf(origin) {
  return origin === null ? null : (/^https?:\/\/([a-z]+)\.localhost/.exec(origin)?.[1] ?? origin);
}

/** @param {unknown} data @returns {Record<string, unknown>} */
export function fieldsOf(data) {
  return typeof data === 'object' && data !== null ? /** @type {Record<string, unknown>} */ (data) : {};
}

/** @param {object} entry */
function withoutEmpty(entry) {
  const isEmpty = (/** @type {unknown} */ value) => value === null || (typeof value === 'object' && Object.keys(value).length === 0);
  return Object.fromEntries(Object.entries(entry).filter(([, value]) => !isEmpty(value)));
}
