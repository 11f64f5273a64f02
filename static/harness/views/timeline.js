/** Timeline of one run: its steps in the order of their times, and the listeners to its changes. */

import { dropReason, fieldsOf, note, stepOfExchange, stepOfInit, stepOfPortMessage, stepOfWindowMessage } from '../scenarios/steps.js';

/** @typedef {import('../scenarios/steps.js').Step} Step */
/** @typedef {import('../scenarios/steps.js').Entry} Entry */
/** @typedef {import('../page/tap.js').Observation} Observation */
/** @typedef {{ at: number, via: 'window' | 'port', data: unknown, origin: string }} Received */

/** Tolerance between the clocks of the page and of the server, which run on one machine. */
const CLOCK_MARGIN_MS = 2;

export class Timeline {
  /** @type {Step[]} */
  steps = [];
  /** Messages that the shop received in this run. @type {Received[]} */
  received = [];
  /** Bootstrap calls of the shop in this run, each with its request and its answer. @type {{ sent: unknown, received: unknown }[]} */
  bootstraps = [];
  startedAt = 0;
  #elementsOrigin;
  /** @type {Set<string>} */
  #challenges = new Set();
  /** Those of the hidden element. @type {Set<string>} */
  #hidden = new Set();
  /** Ports of the hidden element, in this run and before. @type {Set<number>} */
  #hiddenPorts = new Set();
  /** Bootstrap calls whose token the SDK has not used yet, oldest first. @type {{ challenge: string, token: string }[]} */
  #granted = [];
  /** @type {Set<() => void>} */
  #listeners = new Set();

  /** @param {string} elementsOrigin */
  constructor(elementsOrigin) {
    this.#elementsOrigin = elementsOrigin;
  }

  /** Call `listener` after every change. @param {() => void} listener @returns {() => void} removes the listener */
  onChange(listener) {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Begin a run: forget the one before, and ignore exchanges that started earlier. @param {number} at */
  start(at) {
    this.startedAt = at;
    this.steps = [];
    this.received = [];
    this.bootstraps = [];
    this.#challenges.clear();
    this.#hidden.clear();
    this.#granted = [];
    this.#tell();
  }

  /** @param {Entry} entry */
  addExchange(entry) {
    if (entry.started_at < this.startedAt - CLOCK_MARGIN_MS) return;
    const step = stepOfExchange(entry);
    if (step !== null) this.add(step);
  }

  /** @param {string} label @param {number} at @param {import('../scenarios/steps.js').Lane} lane @param {unknown} [data] */
  addNote(label, at, lane, data) {
    this.add(note(at, label, lane, data));
  }

  /** Add an error of the SDK itself; one of the frame has come by the port before. @param {string} code @param {number} at */
  addSdkError(code, at) {
    const isFrames = this.steps.some(({ kind, label, result }) => kind === 'port' && label === 'error' && result === code);
    if (!isFrames) this.add({ ...note(at, 'error of the SDK', 'shop', { code }), outcome: 'refused', result: code });
  }

  /** @param {Observation} observation @param {boolean} isFromElement @param {boolean} [isHidden] whether that is the element which keeps a customer signed in */
  addObservation(observation, isFromElement, isHidden = false) {
    if (observation.via === 'window') this.#addWindowMessage(observation, isFromElement, isHidden);
    else if (observation.via === 'fetch') this.#addBootstrap(observation);
    else this.#addPort(observation);
  }

  /** Insert a step at its time. @param {Step} step */
  add(step) {
    const after = this.steps.findIndex(({ at }) => at > step.at);
    this.steps.splice(after === -1 ? this.steps.length : after, 0, step);
    this.#tell();
  }

  /** Mark a step as dropped after it was added. @param {Step} step @param {string} reason */
  markDropped(step, reason) {
    step.outcome = 'dropped';
    step.reason = reason;
    this.#tell();
  }

  /** @param {Observation} observation @param {boolean} isFromElement @param {boolean} isHidden */
  #addWindowMessage({ at, data, origin = '' }, isFromElement, isHidden) {
    const message = { at, data, origin, isFromElement };
    const reason = dropReason(message, this.#elementsOrigin, this.#challenges);
    if (reason === null) {
      const challenge = String(fieldsOf(data).code_challenge);
      this.#challenges.add(challenge);
      if (isHidden) this.#hidden.add(challenge);
    }
    this.received.push({ at, via: 'window', data, origin });
    this.add(stepOfWindowMessage(message, reason, isHidden));
  }

  /** @param {Observation} observation */
  #addBootstrap({ direction, data, request }) {
    if (direction === 'sent') {
      this.bootstraps.push({ sent: data, received: null });
      return;
    }
    const call = this.bootstraps.find(({ sent }) => sent === request);
    if (call === undefined) return; // of a run before this one
    call.received = data;
    const token = tokenIn(call);
    if (token !== '') this.#granted.push({ challenge: String(fieldsOf(call.sent).code_challenge), token });
    this.#tell();
  }

  /** @param {Observation} observation */
  #addPort(observation) {
    const { direction, at, data, port = 0 } = observation;
    if (direction === 'opened') return this.#addInit(at, port);
    if (direction === 'received') this.received.push({ at, via: 'port', data, origin: this.#elementsOrigin });
    this.add(stepOfPortMessage(observation, this.#hiddenPorts.has(port)));
  }

  /** The SDK creates a port for each token, in the order of the answers. @param {number} at @param {number} port */
  #addInit(at, port) {
    const granted = this.#granted.shift();
    if (granted === undefined) return;
    const isHidden = this.#hidden.has(granted.challenge);
    if (isHidden) this.#hiddenPorts.add(port);
    this.add(stepOfInit(at, granted.challenge, granted.token, isHidden));
  }

  /** The newest bootstrap token in an answer to this page. */
  get bootstrapToken() {
    return tokenIn(this.bootstraps.at(-1));
  }

  #tell() {
    for (const listener of this.#listeners) listener();
  }
}

/** @param {{ received: unknown } | undefined} call */
function tokenIn(call) {
  return String(fieldsOf(fieldsOf(call?.received).data).bootstrap_token ?? '');
}
