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
  #challenge = '';
  #expectsInit = false;
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
    this.#expectsInit = false;
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

  /** @param {Observation} observation @param {boolean} isFromElement */
  addObservation(observation, isFromElement) {
    if (observation.via === 'window') this.#addWindowMessage(observation, isFromElement);
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

  /** @param {Observation} observation @param {boolean} isFromElement */
  #addWindowMessage({ at, data, origin = '' }, isFromElement) {
    const message = { at, data, origin, isFromElement };
    const reason = dropReason(message, this.#elementsOrigin, this.#challenges);
    if (reason === null) {
      this.#challenge = String(fieldsOf(data).code_challenge);
      this.#challenges.add(this.#challenge);
    }
    this.received.push({ at, via: 'window', data, origin });
    this.add(stepOfWindowMessage(message, reason));
  }

  /** @param {Observation} observation */
  #addBootstrap({ direction, data }) {
    if (direction === 'sent') {
      this.bootstraps.push({ sent: data, received: null });
      return;
    }
    const last = this.bootstraps.at(-1);
    if (last) last.received = data;
    this.#expectsInit = true;
    this.#tell();
  }

  /** @param {Observation} observation */
  #addPort(observation) {
    const { direction, at, data } = observation;
    if (direction === 'opened') {
      if (this.#expectsInit) this.add(stepOfInit(at, this.#challenge, this.bootstrapToken));
      this.#expectsInit = false;
      return;
    }
    if (direction === 'received') this.received.push({ at, via: 'port', data, origin: this.#elementsOrigin });
    this.add(stepOfPortMessage(observation));
  }

  /** The newest bootstrap token in an answer to this page. */
  get bootstrapToken() {
    return String(fieldsOf(fieldsOf(this.bootstraps.at(-1)?.received).data).bootstrap_token ?? '');
  }

  #tell() {
    for (const listener of this.#listeners) listener();
  }
}
