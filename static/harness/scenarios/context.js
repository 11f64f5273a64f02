/** Context of a scenario: the stage to act on, and the trace to query and to wait for. */

import { originOf } from './origins.js';
import { brokenStep, brokenText } from './refusals.js';
import { check, SETTLE_MS } from './scenario.js';
import { scan } from '../page/scan.js';
import { sentCodes } from './servers.js';
import { fieldsOf } from './steps.js';
import { now } from '../page/tap.js';

/** Long enough for a busy machine: what is refused ends a run at once, and only silence is waited for. */
const PATIENCE_MS = 20_000;
/** How long a person is waited for; another scenario ends the wait. */
const PERSON_MS = 600_000;
const API = '/v1/link/';
const ELEMENTS_API = '/v1/link/elements/';

/** @typedef {{ text: string, pass: boolean }} Check */
/** @typedef {{ bootstrap: number, code: string | null, heard: number }} EvilReport */

/** A rule was broken; the context has the failed check. */
export class RuleBroken extends Error {}

export class ScenarioContext {
  /** Reports of the pages of `evil.localhost`. @type {EvilReport[]} */
  reports = [];
  /** Checks so far. @type {Check[]} */
  checks = [];

  #scenario;
  #stage;
  #signal;

  /** @param {import('./scenario.js').Scenario} scenario @param {import('../views/timeline.js').Timeline} timeline @param {import('../page/stage.js').Stage} stage @param {AbortSignal} signal ends the run */
  constructor(scenario, timeline, stage, signal) {
    this.timeline = timeline;
    this.#scenario = scenario;
    this.#stage = stage;
    this.#signal = signal;
  }

  /** The stage. Once the run is aborted it belongs to the next run, so that this one throws. */
  get stage() {
    this.#signal.throwIfAborted();
    return this.#stage;
  }

  /** Mount the element and wait until it is initialized. @param {string | null} linkToken @param {'address' | 'payment'} element */
  async mountElement(linkToken = null, element = /** @type {'address' | 'payment'} */ ('payment')) {
    const handle = this.stage.mount(linkToken, element);
    await this.waitFor(() => this.events('initialized').length > 0 && this.calls('init').length > 0, '`initialized`');
    return handle;
  }

  /** Steps of the frame's events of this type. @param {string} type */
  events(type) {
    return this.timeline.steps.filter(({ kind, from, label }) => kind === 'port' && from === 'frame' && label === type);
  }

  /** `ready` messages that the SDK accepted. */
  readyMessages() {
    return this.timeline.steps.filter(({ kind, label, outcome }) => kind === 'window' && label === 'ready' && outcome === 'ok');
  }

  /** HTTP exchanges of one route, as the server saw them: of the bridge, or a whole path. @param {string} route @returns {import('./steps.js').Entry[]} */
  calls(route) {
    const path = route.startsWith('/') ? route : ELEMENTS_API + route;
    return this.timeline.steps.flatMap(({ entry }) => (entry?.path === path && entry.method === 'POST' ? [entry] : []));
  }

  /** Exchanges by which frames read what the customer has saved. @returns {import('./steps.js').Entry[]} */
  reads() {
    return this.timeline.steps.flatMap(({ entry, from }) => (from === 'frame' && entry?.method === 'GET' && entry.path.startsWith(API) && !entry.path.startsWith(ELEMENTS_API) ? [entry] : []));
  }

  /** Requests for frame documents. */
  documents() {
    return this.timeline.steps.filter(({ entry }) => entry?.sec_fetch_dest === 'iframe');
  }

  /** Secrets in the messages that the shop received; there must be none. */
  leaks() {
    return this.timeline.received.flatMap(({ data }) => scan(data));
  }

  /** @returns {Check} */
  checkNoLeak() {
    return { text: 'no secret in what the shop received', pass: this.leaks().length === 0 }; // the number is left to the badge, which continues to count after the verdict
  }

  /** Check what is known now; a failed check ends the run. @param {string} text @param {boolean} pass */
  must(text, pass) {
    this.checks.push(check(text, pass));
    if (!pass) throw new RuleBroken(text);
  }

  /** What the run has failed by, in words: a refusal that is no part of the scenario. @returns {string | null} */
  brokenRule() {
    const { isPart = () => false, rules = {} } = this.#scenario;
    const step = brokenStep(this.timeline.steps, isPart);
    return step === null ? null : brokenText(step, rules);
  }

  /** Reject as soon as a rule is broken, whatever is waited for; its refusal may come a moment after the error that follows from it. @returns {Promise<never>} */
  async untilBroken() {
    await this.waitFor(() => this.brokenRule() !== null, 'a broken rule', Infinity);
    throw await this.failureBy('');
  }

  /** Name the refusal that an error comes from, once the trace had the time to tell of it. @param {string} text of the error @returns {Promise<RuleBroken>} */
  async failureBy(text) {
    const isTold = () => brokenStep(this.timeline.steps, this.#scenario.isPart ?? (() => false))?.entry !== undefined;
    await this.waitFor(isTold, 'the refusal', SETTLE_MS).catch(() => undefined);
    const told = this.brokenRule() ?? text;
    if (!this.checks.some(({ text }) => text === told)) this.checks.push(check(told, false)); // the scenario and the watch for broken rules may both come to it
    return new RuleBroken(told);
  }

  /** @param {string} label @param {import('./steps.js').Lane} lane */
  note(label, lane = 'shop') {
    this.#signal.throwIfAborted();
    this.timeline.addNote(label, now(), lane);
  }

  /**
   * Wait until `isSo()` is true; it is called again at each change of the trace.
   * @param {() => boolean} isSo @param {string} what @param {number} patience in ms @returns {Promise<void>}
   */
  waitFor(isSo, what, patience = PATIENCE_MS) {
    const signal = this.#signal;
    return new Promise((resolve, reject) => {
      const look = () => {
        if (signal.aborted) finish(() => reject(signal.reason));
        else if (isSo()) finish(resolve);
      };
      const stop = this.timeline.onChange(look);
      signal.addEventListener('abort', look);
      const deadline = patience === Infinity ? undefined : setTimeout(() => finish(() => reject(new Error(`waited ${patience / 1000} s for ${what}`))), patience);
      const finish = (/** @type {() => void} */ end) => {
        clearTimeout(deadline);
        signal.removeEventListener('abort', look);
        stop();
        end();
      };
      look();
    });
  }

  /** Wait for what a person does. @param {() => boolean} isSo @param {string} who */
  person(isSo, who) {
    return this.waitFor(isSo, who, PERSON_MS);
  }

  /** Messages with codes since the beginning of the run, newest first. */
  messages() {
    return sentCodes(this.timeline.startedAt);
  }

  /** Wait until a person has asked for a code; its message must have gone out by then. @returns {Promise<import('./servers.js').SentCode>} */
  async codeAsked() {
    await this.person(() => this.calls('request-otp').some(({ status }) => status === 200), 'a person who asks for a code');
    const [message] = await this.messages();
    this.must('a message with the code went out', message !== undefined);
    return /** @type {import('./servers.js').SentCode} */ (message);
  }

  /** Wait until a person has entered a code that is taken. @returns {Promise<import('./steps.js').Entry>} */
  async codeTaken() {
    const taken = () => this.calls('verify-otp').find(({ status }) => status === 200);
    await this.person(() => taken() !== undefined, 'a person with the code');
    return /** @type {import('./steps.js').Entry} */ (taken());
  }

  /** Wait until a person has entered the code and both the bridge and the shop know. @returns {Promise<void>} */
  async signedIn() {
    await this.codeTaken();
    await this.waitFor(() => this.events('authenticated').length > 0, '`authenticated`: the code was taken');
    await this.wait(SETTLE_MS); // for a second event that must not come
  }

  /** Load the frame's document anew, as a phone does after it discarded the page. */
  reloadFrame() {
    this.note('frame reloaded', 'frame');
    const { iframe } = this.stage;
    if (iframe) iframe.src = String(iframe.src);
  }

  /** Wait for a fixed time, in which something must not happen. @param {number} ms */
  async wait(ms) {
    await new Promise((resolve) => setTimeout(resolve, ms));
    this.#signal.throwIfAborted();
  }

  /** Post the SDK's last `init` again with a new port, as any script on the shop's page could. */
  resendInit() {
    const init = this.timeline.steps.filter(({ kind, label }) => kind === 'window' && label === 'init').at(-1);
    const { port2 } = new MessageChannel();
    this.stage.iframe?.contentWindow?.postMessage(init?.data, originOf('link'), [port2]);
    /** @type {import('./steps.js').Step} */
    const step = { at: now(), from: 'shop', to: 'frame', kind: 'window', label: 'init, again', result: '+ port', outcome: 'ok', data: init?.data };
    this.timeline.add(step);
    return step;
  }

  /**
   * Post a `ready` from the shop's page to itself. Its challenge is new, since the SDK ignores a known one.
   * @returns {string} the challenge
   */
  postForgedReady() {
    this.#signal.throwIfAborted();
    const challenge = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32)))).replaceAll('+', '-').replaceAll('/', '_').replace('=', '');
    window.postMessage({ ...fieldsOf(this.readyMessages().at(-1)?.data), code_challenge: challenge }, location.origin);
    return challenge;
  }
}
