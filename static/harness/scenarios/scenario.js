/** Shape of a scenario, and what all scenarios share. */

/** @typedef {import('./context.js').ScenarioContext} ScenarioContext */
/** @typedef {import('./context.js').Check} Check */
/**
 * What a browser may refuse, and how the run ends then.
 * @typedef {object} Need
 * @property {'third-party cookie' | 'frame with storage'} name
 * @property {string} otherwise beginning of the check that fails
 */
/**
 * @typedef {object} Scenario
 * @property {string} id fragment of the URL that runs it
 * @property {string} name
 * @property {'works' | 'attacked' | 'broken' | 'byHand'} group
 * @property {string} expected in words
 * @property {(context: ScenarioContext) => Promise<Check[]>} run
 * @property {Need} [needs] of the browser; without it the scenario ends as told there
 * @property {boolean} [needsPerson] whether it waits for a person to type
 * @property {(step: import('./steps.js').Step) => boolean} [isPart] whether a refusal is part of it; any other ends the run at once
 * @property {Readonly<Record<string, string>>} [rules] what it expects of a route, in its own words
 */

export const SETTLE_MS = 250;

/** @param {string} text @param {boolean} pass @returns {Check} */
export const check = (text, pass) => ({ text, pass });
