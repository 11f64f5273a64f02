/** Scenarios view: the list with keys and verdicts, and the expected result of the selected one. */

import { byId, el } from './dom.js';
import { KEYS, SCENARIOS } from '../scenarios/scenarios.js';

/** @type {Readonly<Record<import('../scenarios/scenario.js').Scenario['group'], string>>} */
const GROUPS = Object.freeze({ works: 'As it should be', attacked: 'Under attack', broken: 'When things break', byHand: 'By hand' });
/** All of one width, so that no row moves when its mark changes. */
const MARKS = Object.freeze({ running: '…', queued: '○', pass: '✓', fail: '✗' });

export class ScenariosView {
  /** @type {Map<string, HTMLButtonElement>} */
  #buttons = new Map();
  #drawn = '';

  /** @param {(id: string) => void} onSelect */
  constructor(onSelect) {
    for (const [group, title] of Object.entries(GROUPS)) {
      const list = el('ul', '');
      for (const [index, { id, name, group: own }] of SCENARIOS.entries()) {
        if (own !== group) continue;
        const button = el('button', 'scenario', el('kbd', '', KEYS[index] ?? ''), el('span', 'name', name), el('span', 'mark'));
        button.type = 'button';
        button.addEventListener('click', () => onSelect(id));
        this.#buttons.set(id, button);
        list.append(el('li', '', button));
      }
      byId('scenarios').append(el('div', `group ${group}`, el('h3', '', title), list));
    }
  }

  /** @param {import('../scenarios/runner.js').Runner} runner */
  draw({ current, isRunning, queued, verdicts }) {
    const drawing = JSON.stringify([current?.id, isRunning, queued, [...verdicts]]);
    if (drawing === this.#drawn) return; // an unchanged live region must not be rewritten, or it is read out again
    this.#drawn = drawing;
    for (const [id, button] of this.#buttons) {
      const verdict = verdicts.get(id);
      const isOn = isRunning && current?.id === id;
      button.setAttribute('aria-current', String(current?.id === id));
      const state = isOn ? 'running' : queued.includes(id) ? 'queued' : verdict ? (verdict.pass ? 'pass' : 'fail') : '';
      button.dataset.verdict = state;
      const mark = button.querySelector('.mark');
      mark?.replaceChildren(...(state === '' ? [] : [markOf(state)]));
    }
    byId('verdict').replaceChildren(...(current ? verdictOf(current, verdicts.get(current.id)) : [el('p', 'hint', 'Pick a scenario: a click, or its key.')]));
  }
}

/** A sign, and what it stands for. @param {keyof typeof MARKS} state */
function markOf(state) {
  const mark = el('span', '', MARKS[state]);
  mark.title = state;
  mark.setAttribute('role', 'img');
  mark.setAttribute('aria-label', state);
  return mark;
}

/** @param {import('../scenarios/scenario.js').Scenario} scenario @param {import('../scenarios/runner.js').Verdict} [verdict] */
function verdictOf({ expected, needs, needsPerson }, verdict) {
  const failedFirst = [...(verdict?.checks ?? [])].sort((a, b) => Number(a.pass) - Number(b.pass));
  const checks = failedFirst.map(({ text, pass }) => el('li', pass ? 'pass' : 'fail', el('span', 'mark', pass ? '✓' : '✗'), el('span', '', text)));
  const words = verdict ? `${verdict.pass ? 'As expected' : 'Not as expected'} · ${(verdict.ms / 1000).toFixed(2)} s` : needsPerson ? 'Waiting for you… (10 min)' : 'Running…';
  const outcome = [el('p', `outcome ${verdict ? (verdict.pass ? 'pass' : 'fail') : ''}`, words), el('ul', 'checks', ...checks)];
  const need = needs ? [el('p', 'hint', `Needs a ${needs.name}. A browser that refuses it ends with: ${needs.otherwise}.`)] : [];
  const plan = [el('h3', '', 'Expected'), el('p', '', expected), ...need];
  return verdict ? [...outcome, ...plan] : [...plan, ...outcome];
}
