/** Shape of a scenario, and what all scenarios share. */

/** @typedef {import('./context.js').ScenarioContext} ScenarioContext */
/** @typedef {import('./context.js').Check} Check */
/**
 * @typedef {object} Scenario
 * @property {string} id fragment of the URL that runs it
 * @property {string} name
 * @property {'works' | 'attacked' | 'broken' | 'byHand'} group
 * @property {string} expected in words
 * @property {(context: ScenarioContext) => Promise<Check[]>} run
 * @property {boolean} [needsPerson] whether it waits for a person to type
 * @property {(step: import('./steps.js').Step) => boolean} [isPart] whether a refusal is part of it; any other ends the run at once
 * @property {Readonly<Record<string, string>>} [rules] what it expects of a route, in its own words
 */

export const SETTLE_MS = 250;

/** @param {string} text @param {boolean} pass @returns {Check} */
export const check = (text, pass) => ({ text, pass });
