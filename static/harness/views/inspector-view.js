/** Inspector: the selected step as JSON, with tokens masked until a click. */

import { byId, el } from './dom.js';
import { maskSecret, splitSecrets } from '../page/scan.js';

/** @typedef {import('../scenarios/steps.js').Step} Step */

const BOOTSTRAP = '/v1/link/elements/bootstrap';
const KIND_WORDS = Object.freeze({ window: 'window message', port: 'message on the port', http: 'HTTP exchange, as the server saw it', note: 'note' });

export class InspectorView {
  #panel = byId('step-panel');
  #shown = '';

  constructor() {
    const tabs = /** @type {const} */ ([['step-tab', 'step-panel'], ['token-tab', 'token-panel']]);
    const show = (/** @type {string} */ shown) => {
      for (const [tab, panel] of tabs) {
        byId(tab).setAttribute('aria-selected', String(tab === shown));
        byId(tab).tabIndex = tab === shown ? 0 : -1; // one stop for Tab; arrows go between them
        byId(panel).hidden = tab !== shown;
      }
    };
    for (const [index, [tab]] of tabs.entries()) {
      byId(tab).addEventListener('click', () => show(tab));
      byId(tab).addEventListener('keydown', (event) => {
        const to = { ArrowLeft: index - 1, ArrowRight: index + 1, Home: 0, End: -1 }[event.key];
        const [next] = to === undefined ? [] : (tabs.at(to % tabs.length) ?? []);
        if (next === undefined) return;
        event.preventDefault();
        show(next);
        byId(next).focus();
      });
    }
  }

  /** @param {Step | null} step @param {import('./timeline.js').Timeline} timeline */
  show(step, timeline) {
    const shown = JSON.stringify([step, timeline.bootstraps]);
    if (shown === this.#shown) return; // tokens that the person has revealed stay visible
    this.#shown = shown;
    this.#panel.replaceChildren(...(step === null ? [el('p', 'hint', 'Pick a step: a click, or ↑ and ↓.')] : partsOf(step, timeline)));
  }
}

/** @param {Step} step @param {import('./timeline.js').Timeline} timeline */
function partsOf(step, timeline) {
  const parts = [
    el('p', 'what', el('span', `lane of-${step.from}`, step.from), ' → ', el('span', `lane of-${step.to}`, step.to), ` ${KIND_WORDS[step.kind]}`),
    step.reason ? el('p', `why ${step.outcome}`, step.reason) : null,
    step.label === 'init' && step.kind === 'window' ? el('p', 'hint', 'Put together from the port, the challenge and the token the page saw: no page can listen in on what it posts.') : null,
    json(step.data),
    ...bootstrapParts(step, timeline),
  ];
  return parts.filter((part) => part !== null);
}

/** Request and readable answer of the bootstrap call that belongs to this step. @param {Step} step @param {import('./timeline.js').Timeline} timeline */
function bootstrapParts(step, { steps, bootstraps }) {
  const own = steps.filter(({ entry, from }) => entry?.path === BOOTSTRAP && entry.method === 'POST' && from === 'shop' && entry.origin === location.origin);
  const pair = bootstraps[own.indexOf(step)];
  return pair ? [el('h4', '', 'The page sent'), json(pair.sent), el('h4', '', 'and was answered'), json(pair.received)] : [];
}

/** @param {unknown} value */
export function json(value) {
  const text = JSON.stringify(value, null, 2) ?? 'undefined';
  return el('pre', 'json', ...splitSecrets(text).map((part) => (part.isSecret ? secret(part.text) : part.text)));
}

/** Masked token, which a click reveals, but only on a developer's machine. @param {string} text */
function secret(text) {
  if (!location.hostname.endsWith('.localhost')) return maskSecret(text);
  const button = el('button', 'secret', maskSecret(text));
  button.type = 'button';
  button.title = 'Reveal';
  button.addEventListener('click', () => { button.replaceWith(text); });
  return button;
}
