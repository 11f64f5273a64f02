import assert from 'node:assert/strict';
import test from 'node:test';

import { diagramOf } from '../../static/harness/scenarios/diagram.js';

/** @param {Partial<import('../../static/harness/scenarios/diagram.js').TraceStep>} step @returns {import('../../static/harness/scenarios/diagram.js').TraceStep} */
const step = (step) => ({ at_ms: 1.4, from: 'shop', to: 'frame', kind: 'window', label: 'init', outcome: 'ok', data: null, ...step });

test('each kind of step has its arrow, and what did not arrive a cross', () => {
  const lines = diagramOf('Happy guest', [
    step({ result: '+ port' }),
    step({ kind: 'http', from: 'frame', to: 'api', label: 'GET document', result: '200' }),
    step({ kind: 'port', from: 'frame', to: 'shop', label: 'error', outcome: 'refused', result: 'network' }),
    step({ kind: 'http', from: 'api', to: 'frame', label: 'refresh', outcome: 'lost', reason: 'the answer was lost' }),
    step({ outcome: 'dropped', reason: 'another origin' }),
    step({ kind: 'note', from: 'api', to: 'api', label: 'minutes pass' }),
  ]).split('\n');
  assert.deepEqual(lines, [
    'sequenceDiagram',
    '  title Happy guest',
    '  participant shop',
    '  participant frame',
    '  participant api',
    '  shop-)frame: 1 ms: init, + port',
    '  frame->>api: 1 ms: GET document, 200',
    '  frame--)shop: 1 ms: error, network, refused',
    '  api-xframe: 1 ms: refresh, lost, the answer was lost',
    '  shop-xframe: 1 ms: init, dropped, another origin',
    '  Note over api: 1 ms: minutes pass',
    '',
  ]);
});

test('no text of a step ends its line or begins another', () => {
  const [, title, , , , line] = diagramOf('A; B', [step({ label: 'one\n  end;#35; two' })]).split('\n');
  assert.equal(title, '  title A#59; B');
  assert.equal(line, '  shop-)frame: 1 ms: one end#59;#35;35#59; two');
});

/** What Mermaid reads in a line of ours: a text in which each `#` begins an entity, and each `;` ends one. */
const TEXT = String.raw`(?:[^#;\s]|#\d+;)(?:[^#;\r\n]|#\d+;)*`;
const LANE = '(?:shop|frame|api)';
const LINE = new RegExp(`^  (?:title ${TEXT}|participant ${LANE}|(?:Note over ${LANE}|${LANE}(?:->>|--?\\)|-x)${LANE}): -?\\d+ ms: ${TEXT})$`);

test('every line has the shape of one of a sequence diagram, whatever a step says', () => {
  const words = ['init', 'a; b', '#quot;', 'one\ntwo', 'one\r\u2028two', ': x', '->> shop', 'end', '%% no comment'];
  const kinds = /** @type {const} */ (['window', 'port', 'http', 'note']);
  const outcomes = /** @type {const} */ (['ok', 'refused', 'lost', 'dropped']);
  const steps = words.flatMap((label) => kinds.flatMap((kind) => outcomes.map((outcome) => step({ at_ms: -0.6, kind, outcome, label, result: label, reason: label }))));
  for (const title of words) {
    const [head, ...lines] = diagramOf(title, steps).split('\n');
    assert.equal(head, 'sequenceDiagram');
    assert.equal(lines.pop(), '');
    assert.equal(lines.length, 4 + steps.length);
    for (const line of lines) assert.match(line, LINE);
  }
});
