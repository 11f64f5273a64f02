/** Received messages: each message that the shop's page received, with the secrets found in it. */

import { byId, el } from './dom.js';
import { scan } from '../page/scan.js';
import { fieldsOf } from '../scenarios/steps.js';

export class ReceivedView {
  /** @param {import('./timeline.js').Timeline} timeline */
  draw({ received, startedAt }) {
    const list = byId('received');
    const hits = received.map(({ data }) => scan(data));
    list.replaceChildren(...received.map(({ at, via, data, origin }, index) => {
      const rules = hits[index]?.map(({ rule, path }) => `${rule} in ${path}`).join(', ') ?? '';
      const row = el('li', rules === '' ? '' : 'leak', el('span', 'time', (at - startedAt).toFixed(0)), el('span', `via ${via}`, via), el('b', '', String(fieldsOf(data).type ?? '?')), el('code', '', contentOf(data)), rules === '' ? null : el('span', 'hit', rules));
      row.title = `from ${origin}: ${JSON.stringify(data)}`;
      return row;
    }));
    if (received.length === 0) list.append(el('li', 'hint', 'No message reached the page in this run.'));
    const count = hits.flat().length;
    const badge = byId('leaks');
    badge.textContent = `${received.length} messages · ${count} secrets ${count === 0 ? '✓' : '✗'}`;
    badge.dataset.state = count === 0 ? 'pass' : 'fail';
  }
}

/** Content of a message without the fields common to all. @param {unknown} data */
function contentOf(data) {
  const { ns: _ns, v: _v, type: _type, ...content } = fieldsOf(data);
  return Object.keys(content).length === 0 ? '' : JSON.stringify(content);
}
