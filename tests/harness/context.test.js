import assert from 'node:assert/strict';
import test from 'node:test';

import { Timeline } from '../../static/harness/views/timeline.js';

Object.assign(globalThis, { location: { protocol: 'http:', port: '4242' } }); // read when the modules below are loaded
const { RuleBroken, ScenarioContext } = await import('../../static/harness/scenarios/context.js');
const { note } = await import('../../static/harness/scenarios/steps.js');

/** @param {Partial<import('../../static/harness/scenarios/scenario.js').Scenario>} [scenario] */
function running(scenario = {}) {
  const timeline = new Timeline('http://link.localhost:4242');
  const stopping = new AbortController();
  const whole = { id: 'one', name: 'One', group: /** @type {const} */ ('works'), expected: '', run: async () => [], ...scenario };
  const context = new ScenarioContext(whole, timeline, /** @type {any} */ (null), stopping.signal);
  return { context, timeline, stopping };
}

/** @param {Timeline} timeline @param {string} error */
function refuse(timeline, error) {
  timeline.addExchange(/** @type {any} */ ({ host: 'link', method: 'POST', path: '/v1/link/elements/request-otp', status: 429, started_at: 1, ms: 1, error, origin: null, sec_fetch_dest: null, frame_ancestors: null, outcome: null, fault: null, claims: null }));
}

test('a refusal ends a wait for a person at once', async () => {
  const { context, timeline, stopping } = running();
  const person = context.person(() => false, 'a person').catch(() => 'stopped');
  const broken = context.untilBroken().catch((error) => error);
  refuse(timeline, 'RATE_LIMITED');
  assert.equal((await broken) instanceof RuleBroken, true);
  assert.deepEqual(context.checks, [{ text: 'request-otp: 429 RATE_LIMITED. Expected: a code goes out to a contact that was not asked for in the last 30 seconds.', pass: false }]);
  stopping.abort();
  assert.equal(await person, 'stopped');
});

test('the refused call says more than the error that follows from it, though it is told later', async () => {
  const { context, timeline } = running();
  const broken = context.untilBroken().catch(({ message }) => message);
  timeline.add({ ...note(1, 'error of the SDK', 'shop'), outcome: 'refused', result: 'internal' });
  refuse(timeline, 'RATE_LIMITED');
  assert.match(await broken, /^request-otp: 429 RATE_LIMITED/);
});

test('a refusal that ends the scenario and the wait for one is told once', async () => {
  const { context, timeline } = running();
  const broken = context.untilBroken().catch(({ message }) => message);
  const failed = context.failureBy('/v1/link/elements/request-otp: 429 RATE_LIMITED');
  refuse(timeline, 'RATE_LIMITED');
  assert.equal(await broken, (await failed).message);
  assert.equal(context.checks.length, 1);
});

test('a failed check ends the run, and keeps the checks before it', () => {
  const { context } = running();
  context.must('the first', true);
  assert.throws(() => context.must('the second', false), RuleBroken);
  assert.deepEqual(context.checks.map(({ pass }) => pass), [true, false]);
});

test('an error of the SDK is told once, also where the frame told of it by the port', () => {
  const { timeline } = running();
  timeline.addSdkError('timeout', 1);
  assert.deepEqual(timeline.steps.map(({ label, outcome, result }) => [label, outcome, result]), [['error of the SDK', 'refused', 'timeout']]);
  timeline.start(0);
  timeline.addObservation({ via: 'port', direction: 'received', at: 1, data: { type: 'error', code: 'timeout' } }, true);
  timeline.addSdkError('timeout', 2);
  assert.equal(timeline.steps.length, 1);
});
