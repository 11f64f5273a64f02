/** Entry module of the harness page: connects the stage, the trace, the scenarios and the views, and handles the person's input. */

import { CodeView } from './views/code-view.js';
import { diagramOf } from './scenarios/diagram.js';
import { byId, el } from './views/dom.js';
import { InspectorView } from './views/inspector-view.js';
import { originOf } from './scenarios/origins.js';
import { ReceivedView } from './views/received-view.js';
import { Runner } from './scenarios/runner.js';
import { KEYS, SCENARIOS } from './scenarios/scenarios.js';
import { ScenariosView } from './views/scenarios-view.js';
import { SequenceView } from './views/sequence-view.js';
import { followTrace, openBusiness } from './scenarios/servers.js';
import { Stage } from './page/stage.js';
import { fieldsOf } from './scenarios/steps.js';
import { now, tapPage } from './page/tap.js';
import { Timeline } from './views/timeline.js';
import { TokenView } from './views/token-view.js';

const COPIED_MS = 1_500;
const UNSEEN_MS = 250;

const timeline = new Timeline(originOf('link'));
/** @type {Stage | null} */
let stage = null;
/** @type {Runner | null} */
let runner = null;

tapPage((observation) => {
  if (observation.via === 'window' && observation.origin === originOf('evil')) onEvilReport(observation.data);
  else {
    const isHidden = stage?.isHidden(observation.source) === true;
    timeline.addObservation(observation, isHidden || stage?.isElement(observation.source) === true, isHidden);
  }
});

/** Pages of `evil.localhost` post the outcome of their attacks to the harness; a real shop would not listen to them. @param {unknown} data */
function onEvilReport(data) {
  if (!runner?.isRunning) return; // of a run that has failed already
  const report = /** @type {import('./scenarios/context.js').EvilReport} */ (/** @type {unknown} */ (fieldsOf(data)));
  runner.context?.reports.push(report);
  runner.context?.note(`evil: bootstrap ${report.bootstrap}, ${report.heard} messages heard`);
}

const { Link } = /** @type {{ Link: import('./sdk.js').Link }} */ (await import(`${originOf('link')}/elements/sdk/v1.js`));
await openBusiness();
stage = new Stage(byId('stage'), Link, (code) => timeline.addSdkError(code, now()));
runner = new Runner(timeline, stage, draw);

const inspector = new InspectorView();
const token = new TokenView();
const code = new CodeView();
const sequence = new SequenceView((step) => inspector.show(step, timeline));
const received = new ReceivedView();
const scenarios = new ScenariosView((id) => select(id));

/** Draw at most once per animation frame, however many steps arrived; or soon after, since a page that nobody sees has no frames, and a robot may read it. */
let isDue = false;
function draw() {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(drawDue);
  setTimeout(drawDue, UNSEEN_MS);
}

function drawDue() {
  if (!isDue) return;
  isDue = false;
  if (runner === null) return;
  sequence.draw(timeline, runner.isRunning && runner.current?.needsPerson === true);
  received.draw(timeline);
  scenarios.draw(runner);
  token.draw(timeline);
  code.draw(timeline, stage?.state != null);
  inspector.show(sequence.selected, timeline);
  drawState();
}

function drawState() {
  const state = stage?.state ?? '';
  byId('state').textContent = state;
  byId('state').dataset.state = state;
}

/** @param {string} id */
function select(id) {
  if (location.hash === `#${id}`) ask(id);
  else location.hash = id; // the `hashchange` event runs it
}

function runOfHash() {
  const id = location.hash.slice(1);
  if (SCENARIOS.some((scenario) => scenario.id === id)) ask(id);
}

/** Run a scenario unless it is queued already. A reset rejects the run, which is not an error. @param {string} id */
function ask(id) {
  if (!runner?.queued.includes(id)) runner?.run(id).catch(() => undefined);
}

function runAll() {
  for (const { id, needsPerson } of SCENARIOS) if (!needsPerson) ask(id);
}

/** @returns {string} the trace of the run as JSON */
function json() {
  return JSON.stringify({ scenario: runner?.current?.id ?? null, trace: runner?.trace() }, null, 2);
}

/** @returns {string} the trace of the run as a sequence diagram */
function diagram() {
  return diagramOf(runner?.current?.name ?? 'No scenario', /** @type {import('./scenarios/diagram.js').TraceStep[]} */ (runner?.trace() ?? []));
}

/** @param {HTMLElement} button @param {string} text */
async function copy(button, text) {
  await navigator.clipboard.writeText(text);
  const label = button.textContent;
  button.textContent = 'Copied ✓';
  setTimeout(() => { button.textContent = label; }, COPIED_MS);
}

/** @param {KeyboardEvent} event */
function onKeyDown(event) {
  const isTyping = event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey || event.altKey;
  if (isTyping) return;
  const scenario = event.key.length === 1 ? SCENARIOS[KEYS.indexOf(event.key)] : undefined;
  if (scenario) select(scenario.id);
  const isElsewhere = event.target instanceof Element && event.target.closest('.inspector, .shop-view, .verdict') !== null;
  if (!isElsewhere && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
    event.preventDefault();
    sequence.move(event.key === 'ArrowDown' ? 1 : -1);
  }
}

for (const [name, role] of /** @type {const} */ ([['shop', 'shop'], ['link', 'frame'], ['api', 'api']])) {
  byId('chips').append(el('li', `chip of-${role}`, el('b', '', role), ` ${new URL(originOf(name)).host}`));
}
timeline.onChange(draw);
followTrace((entry) => timeline.addExchange(entry));
document.addEventListener('keydown', onKeyDown);
window.addEventListener('hashchange', runOfHash);
byId('run-all').addEventListener('click', runAll);
byId('reset').addEventListener('click', () => runner?.reset());
for (const [id, text] of /** @type {const} */ ([['copy-json', json], ['copy-diagram', diagram]])) byId(id).addEventListener('click', () => void copy(byId(id), text()));

const automated = runner;
window.__harness = Object.freeze({ run: (/** @type {string} */ id) => automated.run(id), scenarios: SCENARIOS.map(({ id, needs = null, needsPerson = false }) => ({ id, needs, needsPerson })) });
draw();
if (location.hash === '') select('happy-guest');
else runOfHash();
