/** Token view: the claims of the newest access token and its remaining lifetime. */

import { byId, el } from './dom.js';
import { now } from '../page/tap.js';

/** @typedef {import('../scenarios/steps.js').Entry} Entry */
/** @typedef {{ claims: import('../scenarios/steps.js').Claims, entry: Entry }} Held */

const REFRESH_AT = 0.8;
const INSTANTS = new Set(['iat', 'exp', 'auth_time']);
/** @type {Readonly<Record<string, string>>} */
const MEANING = Object.freeze({
  iss: 'who signed it',
  aud: 'for whom',
  sub: 'whose it is',
  client_id: 'business',
  sid: 'elements session',
  lsid: 'link session',
  amr: 'how signed in',
  jti: 'this token',
  cnf: 'bound to the key',
});

export class TokenView {
  /** @type {Held | null} */
  #held = null;
  #panel = byId('token-panel');
  #left = el('b', 'left');
  #ring = el('span', 'ring');

  constructor() {
    setInterval(() => this.#tick(), 500);
  }

  /** @param {import('./timeline.js').Timeline} timeline */
  draw({ steps }) {
    const entry = steps.flatMap((step) => (step.entry?.claims ? [step.entry] : [])).at(-1) ?? null;
    if (entry === (this.#held?.entry ?? null)) return;
    this.#held = entry?.claims ? { claims: entry.claims, entry } : null;
    this.#panel.replaceChildren(...(this.#held ? this.#parts(this.#held) : [el('p', 'hint', 'No access token in this run.')]));
    this.#tick();
  }

  /** @param {Held} held */
  #parts({ claims, entry }) {
    const life = claims.exp - claims.iat;
    const rows = Object.entries(claims).flatMap(([name, value]) => [
      el('dt', '', name),
      el('dd', '', el('code', '', wordsOf(name, value)), MEANING[name] ? el('small', '', MEANING[name]) : null),
    ]);
    return [
      el('div', 'life', this.#ring, el('p', '', this.#left, ` of ${life} s; the frame refreshes after ${Math.round(life * REFRESH_AT)} s`, el('small', '', `from ${entry.path.split('/').at(-1)}; the token itself stays in the frame`))),
      el('dl', 'claims', ...rows),
    ];
  }

  /** Count from the time of the answer, so that a difference between the clocks of server and browser does not matter. */
  #tick() {
    if (this.#held === null) {
      byId('countdown').textContent = '';
      return;
    }
    const { claims, entry } = this.#held;
    const life = claims.exp - claims.iat;
    const left = Math.max(0, life - (now() - entry.started_at) / 1000);
    const words = left === 0 ? 'expired' : `${Math.floor(left / 60)}:${String(Math.floor(left % 60)).padStart(2, '0')}`;
    this.#left.textContent = words;
    byId('countdown').textContent = words;
    this.#ring.style.setProperty('--left', `${(left / life) * 100}%`);
  }
}

/** @param {string} name @param {unknown} value */
function wordsOf(name, value) {
  if (INSTANTS.has(name)) return `${value} · ${new Date(Number(value) * 1000).toLocaleTimeString()}`;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
