/**
 * Tap on the shop's page: records its window messages, both directions of its ports, and its bootstrap calls.
 * It wraps the page's globals before the SDK is loaded. The SDK itself runs unmodified, and the frame does not notice.
 */

/**
 * @typedef {object} Observation
 * @property {'window' | 'port' | 'fetch'} via
 * @property {'received' | 'sent' | 'opened'} direction `opened`: the page created a MessageChannel
 * @property {number} at epoch milliseconds
 * @property {unknown} data
 * @property {string} [origin] of a window message
 * @property {MessageEventSource | null} [source] of a window message
 * @property {number} [port] number of the page's port, from 1
 * @property {string} [url] of a fetch
 * @property {unknown} [request] what was sent, with what was received
 */
/** @typedef {(observation: Observation) => void} Record */

const BOOTSTRAP = '/v1/link/elements/bootstrap';

export function now() {
  return performance.timeOrigin + performance.now();
}

/** @param {Record} record */
export function tapPage(record) {
  window.addEventListener('message', ({ data, origin, source }) => {
    record({ via: 'window', direction: 'received', at: now(), data, origin, source });
  });
  tapPorts(record);
  tapBootstraps(record);
}

/** @param {Record} record */
function tapPorts(record) {
  const Original = window.MessageChannel;
  let count = 0;
  window.MessageChannel = class extends Original {
    constructor() {
      super();
      count += 1;
      const port = count;
      record({ via: 'port', direction: 'opened', at: now(), data: null, port });
      for (const end of [this.port1, this.port2]) {
        const post = end.postMessage.bind(end);
        end.addEventListener('message', ({ data }) => record({ via: 'port', direction: 'received', at: now(), data, port }));
        end.postMessage = (/** @type {unknown} */ data, /** @type {any} */ transfer) => {
          record({ via: 'port', direction: 'sent', at: now(), data, port });
          post(data, transfer);
        };
      }
    }
  };
}

/** Record the SDK's bootstrap call: its request, and the answer as far as the page may read it. @param {Record} record */
function tapBootstraps(record) {
  const original = window.fetch;
  window.fetch = async (input, init) => {
    const url = String(input instanceof Request ? input.url : input);
    if (!url.includes(BOOTSTRAP)) return original(input, init);
    const request = parsed(init?.body);
    record({ via: 'fetch', direction: 'sent', at: now(), url, data: request });
    const response = await original(input, init);
    const text = await response.clone().text();
    record({ via: 'fetch', direction: 'received', at: now(), url, data: parsed(text), request });
    return response;
  };
}

/** @param {unknown} text */
function parsed(text) {
  try {
    return JSON.parse(String(text));
  } catch {
    return String(text);
  }
}
