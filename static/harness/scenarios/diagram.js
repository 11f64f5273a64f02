/** Trace of a run as a Mermaid sequence diagram, for an issue or a page of documentation. */

/** What `Runner.trace` gives of a step. @typedef {Omit<import('./steps.js').Step, 'at' | 'entry'> & { at_ms: number }} TraceStep */

/** Arrows of Mermaid: a call waits for its answer, a message does not; a cross stands for what did not arrive. @type {Record<string, string>} */
const ARROWS = { http: '->>', window: '-)', port: '--)' };
const LOST = ['lost', 'dropped'];

/** @param {string} title @param {TraceStep[]} trace with tokens masked @returns {string} */
export function diagramOf(title, trace) {
  return ['sequenceDiagram', `  title ${plain(title)}`, ...['shop', 'frame', 'api'].map((lane) => `  participant ${lane}`), ...trace.map(lineOf), ''].join('\n');
}

/** @param {TraceStep} step */
function lineOf({ at_ms, from, to, kind, label, outcome, result, reason }) {
  const words = [label, result, outcome === 'ok' ? '' : outcome, reason].filter((word) => word).map((word) => plain(String(word))).join(', ');
  const timed = `${Math.round(at_ms)} ms: ${words}`;
  if (kind === 'note') return `  Note over ${from}: ${timed}`;
  return `  ${from}${LOST.includes(outcome) ? '-x' : ARROWS[kind]}${to}: ${timed}`;
}

/** Signs that end a line of Mermaid or begin an entity, as entities. @param {string} text */
function plain(text) {
  return text.replace(/[#;]/g, (sign) => `#${sign.charCodeAt(0)};`).replace(/\s+/g, ' ');
}
