/** Runner of the scenarios: one after another, started by a person or by a test. */

import { masked } from '../page/scan.js';
import { SETTLE_MS } from './scenario.js';
import { SCENARIOS } from './scenarios.js';
import { endOutage } from './servers.js';
import { now } from '../page/tap.js';
import { RuleBroken, ScenarioContext } from './context.js';

/** @typedef {import('./scenario.js').Scenario} Scenario */
/** @typedef {import('./context.js').Check} Check */
/** @typedef {{ pass: boolean, checks: Check[], ms: number }} Verdict */
/** @typedef {Verdict & { trace: unknown[] }} Result */

export class Runner {
  /** @type {Scenario | null} */
  current = null;
  /** @type {Map<string, Verdict>} */
  verdicts = new Map();
  /** @type {ScenarioContext | null} */
  context = null;
  isRunning = false;
  /** Ids of the scenarios that wait for the running one, in order. @type {string[]} */
  queued = [];
  /** Whether the last run ended in the midst of its calls. */
  #isCutShort = false;
  /** Aborts the current run. */
  #running = new AbortController();
  /** Aborts every queued run. */
  #asked = new AbortController();
  #timeline;
  #stage;
  #onChange;
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();

  /** @param {import('../views/timeline.js').Timeline} timeline @param {import('../page/stage.js').Stage} stage @param {() => void} onChange */
  constructor(timeline, stage, onChange) {
    this.#timeline = timeline;
    this.#stage = stage;
    this.#onChange = onChange;
  }

  /**
   * Run a scenario after those queued before it. One that waits for a person is aborted for it. A reset rejects the promise.
   * @param {string} id @returns {Promise<Result>}
   */
  run(id) {
    const scenario = SCENARIOS.find((one) => one.id === id);
    if (scenario === undefined) return Promise.reject(new Error(`no scenario ${id}; there are ${SCENARIOS.map((one) => one.id).join(', ')}`));
    if (this.isRunning && this.current?.needsPerson) this.#running.abort();
    const { signal } = this.#asked;
    this.queued.push(id);
    const result = this.#last.then(() => {
      signal.throwIfAborted();
      this.queued.shift();
      return this.#run(scenario);
    });
    this.#last = result.catch(() => undefined);
    this.#onChange();
    return result;
  }

  /** Abort every run and clear everything that is displayed. */
  reset() {
    this.#asked.abort();
    this.#asked = new AbortController();
    this.#running.abort();
    this.queued = [];
    this.isRunning = false;
    this.#stage.clear();
    this.#timeline.start(now());
    this.verdicts.clear();
    this.current = null;
    this.context = null;
    this.#last = this.#last.then(() => this.#stage.signOut()).then(() => this.#timeline.start(now())); // the calls of it are not displayed either
    this.#onChange();
  }

  /** Trace of the run as plain JSON: tokens masked, times relative to the start of the run. */
  trace() {
    const { steps, startedAt } = this.#timeline;
    return steps.map(({ at, entry: _entry, ...step }) => ({ at_ms: Math.round((at - startedAt) * 10) / 10, .../** @type {object} */ (masked(step)) }));
  }

  /** @param {Scenario} scenario @returns {Promise<Result>} */
  async #run(scenario) {
    this.#running = new AbortController();
    const { signal } = this.#running;
    this.current = scenario;
    this.isRunning = true;
    this.context = null;
    this.verdicts.delete(scenario.id);
    this.#onChange();
    await this.#leaveLast();
    signal.throwIfAborted();
    this.#isCutShort = true; // until its end
    const began = now();
    this.#timeline.start(began);
    this.context = new ScenarioContext(scenario, this.#timeline, this.#stage, signal);
    this.#onChange();
    const checks = await Promise.race([checksOf(scenario, this.context), aborted(signal)]);
    signal.throwIfAborted();
    const verdict = { pass: checks.every(({ pass }) => pass), checks, ms: now() - began };
    this.verdicts.set(scenario.id, verdict);
    this.isRunning = false;
    this.#isCutShort = !verdict.pass;
    this.#running.abort(); // what still waits for something
    this.#onChange();
    return { ...verdict, trace: this.trace() };
  }

  /** Every run begins as a guest, whoever signed in by a code before. The calls of this, and the last ones of a run that was cut short, are none of the next one's. */
  async #leaveLast() {
    if (this.#isCutShort) await endOutage().catch(() => {}); // it is mended when its run comes to its end, which is not waited for
    this.#stage.clear();
    await this.#stage.signOut();
    if (this.#isCutShort) await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
  }
}

/** Rejects when the run is aborted, so that a step which ignores the abort does not delay the next scenario. @param {AbortSignal} signal @returns {Promise<never>} */
function aborted(signal) {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** The checks of a run; a broken rule ends it, whatever the scenario waits for. @param {Scenario} scenario @param {ScenarioContext} context @returns {Promise<Check[]>} */
async function checksOf(scenario, context) {
  try {
    const last = await Promise.race([scenario.run(context), context.untilBroken()]);
    return [...context.checks, ...last];
  } catch (error) {
    if (!(error instanceof RuleBroken)) await context.failureBy(error instanceof Error ? error.message : String(error));
    return context.checks;
  }
}
