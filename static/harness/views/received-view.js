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

/** Content of a message without the fields common to all. An error's code and the id of its call come first, in words: the end of a long row is cut. @param {unknown} data */
function contentOf(data) {
  const { ns: _ns, v: _v, type: _type, code, request_id: call, ...rest } = fieldsOf(data);
  const words = [code, call].filter((word) => word !== undefined).map(String);
  return [...words, ...(Object.keys(rest).length === 0 ? [] : [JSON.stringify(rest)])].join(' ');
}
