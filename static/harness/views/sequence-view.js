/** Sequence view: one row per step, with an arrow between the lanes of shop, frame and API. */

import { byId, el } from './dom.js';

/** @typedef {import('../scenarios/steps.js').Step} Step */

/** Position of each lane, as a fraction of the width. @type {Readonly<Record<import('../scenarios/steps.js').Lane, number>>} */
const LANES = Object.freeze({ shop: 0.06, frame: 0.5, api: 0.94 });
const KINDS = Object.freeze({ window: 'window message', port: 'port', http: 'HTTP' });

export class SequenceView {
  /** Step that the person selected. @type {Step | null} */
  #picked = null;
  #list = byId('steps');
  #scroll = byId('scroll');
  #onSelect;
  /** @type {Step[]} */
  #steps = [];
  /** @type {Map<Step, { look: string, row: HTMLLIElement }>} */
  #rows = new Map();
  /** Start of the run that is drawn. */
  #startedAt = -1;

  /** @param {(step: Step) => void} onSelect */
  constructor(onSelect) {
    this.#onSelect = onSelect;
    this.#list.addEventListener('keydown', (event) => this.#onKeyDown(event));
    for (const [kind, words] of Object.entries(KINDS)) byId('legend').append(el('span', `key ${kind}`, el('i', ''), words));
    byId('legend').append(el('span', 'key refused', el('i', ''), 'refused'), el('span', 'key dropped', el('i', ''), 'lost'));
  }

  /** @param {import('./timeline.js').Timeline} timeline @param {boolean} follows whether to scroll to the newest step, until the person selects one */
  draw({ steps, startedAt }, follows) {
    if (this.#picked !== null && !steps.includes(this.#picked)) this.#picked = null;
    this.#steps = steps;
    const known = this.#rows;
    this.#rows = new Map(steps.map((step) => [step, this.#drawn(step, startedAt, known.get(step))]));
    this.#placeRows([...this.#rows.values()].map(({ row }) => row));
    this.#mark();
    if (follows && this.#picked === null) this.#scroll.scrollTop = this.#scroll.scrollHeight;
    else if (startedAt !== this.#startedAt) this.#scroll.scrollTop = 0;
    this.#startedAt = startedAt;
  }

  /** Step shown in the inspector: the selected one, else the last that failed, else the last with a token, else the last. */
  get selected() {
    return this.#picked ?? this.#steps.filter(({ outcome }) => outcome !== 'ok').at(-1) ?? this.#steps.filter(({ entry }) => entry?.claims).at(-1) ?? this.#steps.at(-1) ?? null;
  }

  /** Select the next or the previous step. @param {1 | -1} by */
  move(by) {
    const index = this.#picked === null ? -1 : this.#steps.indexOf(this.#picked);
    const step = this.#steps[Math.max(0, index + by)];
    if (step) this.#select(step);
  }

  /** Keys of a list box whose selection follows the focus (WAI-ARIA Authoring Practices); up and down are the page's, from everywhere. @param {KeyboardEvent} event */
  #onKeyDown(event) {
    const steps = this.#steps;
    const step = { ' ': this.selected, Enter: this.selected, Home: steps[0], End: steps.at(-1) }[event.key];
    if (!step) return;
    event.preventDefault(); // a space would scroll
    this.#select(step);
  }

  /** @param {Step} step */
  #select(step) {
    this.#picked = step;
    this.#mark();
    const row = this.#rows.get(step)?.row;
    if (document.activeElement === document.body || this.#list.contains(document.activeElement)) row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: 'nearest' });
    this.#onSelect(step);
  }

  #mark() {
    const { selected } = this;
    for (const [step, { row }] of this.#rows) {
      row.setAttribute('aria-selected', String(step === selected));
      row.tabIndex = step === selected ? 0 : -1; // one stop for Tab
    }
  }

  /** Return the row of a step; it is created once, and again only after the step has changed. @param {Step} step @param {number} startedAt @param {{ look: string, row: HTMLLIElement }} [known] */
  #drawn(step, startedAt, known) {
    const look = `${step.outcome} ${step.reason}`;
    return known?.look === look ? known : { look, row: this.#row(step, startedAt) };
  }

  /** Bring the rows into this order without moving those in place: a moved row would repeat its fade-in. @param {HTMLLIElement[]} rows */
  #placeRows(rows) {
    const staying = new Set(rows);
    for (const row of [...this.#list.children]) {
      if (!staying.has(/** @type {HTMLLIElement} */ (row))) row.remove();
    }
    for (const [index, row] of rows.entries()) {
      const there = this.#list.children[index] ?? null;
      if (there !== row) this.#list.insertBefore(row, there);
    }
  }

  /** @param {Step} step @param {number} startedAt */
  #row(step, startedAt) {
    const time = el('span', 'time', `${Math.max(0, step.at - startedAt).toFixed(0)}`);
    const row = el('li', `step ${step.kind} ${step.outcome}`, time, el('span', 'lanes', step.kind === 'note' ? noteOf(step) : arrowOf(step)));
    row.role = 'option';
    row.title = `${step.from} → ${step.to}: ${step.label} ${step.result ?? ''} ${step.reason ?? ''}`.trim();
    row.addEventListener('click', () => this.#select(step));
    return row;
  }
}

/** @param {Step} step */
function arrowOf({ from, to, label, result, reason, outcome }) {
  const words = el('span', 'words', el('b', '', ...breakable(label)), result ? el('span', 'result', result) : null);
  const cause = reason ? el('span', 'reason', ...breakable(reason)) : null;
  const start = LANES[from];
  const end = LANES[to];
  const isLoop = start === end;
  const arrow = el('span', `arrow ${isLoop ? 'loop' : end > start ? 'right' : 'left'}`, words, el('span', 'line', outcome === 'ok' ? null : el('i', 'stop', '✕')), cause);
  arrow.style.setProperty('--start', String(Math.min(start, end)));
  arrow.style.setProperty('--span', String(isLoop ? 0.3 : Math.abs(end - start)));
  return arrow;
}

/** A name of several words may break between them, where lanes are narrow. @param {string} text */
function breakable(text) {
  return text.split(/(?<=[_/ .])/).flatMap((word) => [word, el('wbr', '')]);
}

/** @param {Step} step */
function noteOf({ from, label, result }) {
  const words = el('span', `remark at-${from}`, label, result ? el('span', 'result', result) : null);
  words.style.setProperty('--start', String(LANES[from]));
  return words;
}
