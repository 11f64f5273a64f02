/** Fakes of the browser: a clock that moves on demand, and a network with given answers. */

/** What a window has in each browser that SDK and frame support. */
export const SUPPORTED = { crypto, fetch: () => {}, AbortController, MessageChannel: class {}, ResizeObserver: class {}, TextEncoder };

/** Virtual time: `advance` fires the timers that are due, and lets promises settle in between. */
export class FakeTime {
  ms = 0;
  wallSkewMs = 0;
  sleptMs = 0;
  /** Whether the page is hidden. */
  isHidden = false;
  /** @type {Map<number, { at: number, task: () => void }>} */
  timers = new Map();
  #last = 0;

  setTimeout = (/** @type {() => void} */ task, /** @type {number} */ ms) => {
    this.#last += 1;
    this.timers.set(this.#last, { at: this.ms + ms, task });
    return this.#last;
  };

  clearTimeout = (/** @type {number} */ id) => void this.timers.delete(id);

  isSeen = () => !this.isHidden;

  /** Like a device: the monotonic clock stops during sleep, and the wall clock can be set. */
  now = () => ({ monotonic: this.ms, wall: this.ms + this.sleptMs + this.wallSkewMs });

  /** @param {number} ms */
  async advance(ms) {
    const end = this.ms + ms;
    await settle();
    for (;;) {
      const next = [...this.timers].filter(([, timer]) => timer.at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
      if (next === undefined) break;
      const [id, { at, task }] = next;
      this.timers.delete(id);
      this.ms = Math.max(this.ms, at);
      task();
      await settle();
    }
    this.ms = end;
  }
}

/** Let pending promises continue until none can. */
export async function settle() {
  for (let turn = 0; turn < 60; turn += 1) await Promise.resolve();
}

/**
 * @typedef {object} Sent
 * @property {string} url
 * @property {Record<string, string>} headers
 * @property {any} body
 * @property {boolean} aborted
 * @property {RequestInit} request
 */
/** @typedef {{ status: number, body?: unknown, headers?: Record<string, string> } | 'lost' | 'silent'} Reply */

/** Fake network. `answer` returns each reply: `silent` never answers, `lost` fails at once. */
export class FakeNetwork {
  /** @type {Sent[]} */
  sent = [];
  isUp = true;
  /** @type {(sent: Sent) => Reply} */
  answer;

  /** @param {(sent: Sent) => Reply} answer */
  constructor(answer) {
    this.answer = answer;
  }

  /** @param {string} route */
  to(route) {
    return this.sent.filter(({ url }) => url.split('?')[0]?.endsWith(`/${route}`));
  }

  fetch = (/** @type {any} */ url, /** @type {any} */ request) => new Promise((resolve, reject) => {
    const sent = { url: String(url), headers: request.headers, body: JSON.parse(request.body ?? 'null'), aborted: false, request };
    this.sent.push(sent);
    const reply = this.isUp ? this.answer(sent) : 'lost';
    request.signal.addEventListener('abort', () => {
      sent.aborted = true;
      reject(request.signal.reason);
    });
    if (reply === 'lost') reject(new TypeError('Failed to fetch'));
    else if (reply !== 'silent') resolve(response(reply));
  });
}

/** @param {Exclude<Reply, string>} reply */
function response({ status, body = null, headers = {} }) {
  return { status, headers: new Headers(headers), text: async () => (typeof body === 'string' ? body : JSON.stringify(body)) };
}

/** @param {unknown} data @returns {Reply} */
export const ok = (data) => ({ status: 200, body: { success: true, data } });

/** @param {number} status @param {string} code @param {Record<string, string>} [headers] @returns {Reply} */
export const refusal = (status, code, headers = {}) => ({ status, headers, body: { success: false, error: { code, message: code, retryable: status >= 429 } } });

/** @param {FakeTime} time @param {FakeNetwork} network */
export function fakeEnv(time, network) {
  let keys = 0;
  return {
    fetch: /** @type {any} */ (network.fetch),
    setTimeout: time.setTimeout,
    clearTimeout: time.clearTimeout,
    isSeen: time.isSeen,
    clock: time,
    random: () => 0.5,
    isOnline: () => network.isUp,
    newKey: () => `key-${keys += 1}`,
  };
}

/** Fake proofs, distinguished by their number; tests of signatures use the real prover. */
export class FakeProver {
  #made = 0;

  proof = async () => `proof-${this.#made += 1}`;

  learn = () => {};
}

/** Fake MessagePort: the other end receives a message in the next microtask. */
export class FakePort {
  /** @type {FakePort | null} */
  other = null;
  /** @type {((event: { data: unknown }) => void) | null} */
  onmessage = null;
  isClosed = false;
  /** @type {any[]} */
  posted = [];

  /** @param {unknown} data */
  postMessage(data) {
    if (this.isClosed) return;
    this.posted.push(data);
    const { other } = this;
    queueMicrotask(() => {
      if (other && !other.isClosed) other.onmessage?.({ data });
    });
  }

  close() {
    this.isClosed = true;
  }
}

export class FakeChannel {
  port1 = new FakePort();
  port2 = new FakePort();

  constructor() {
    this.port1.other = this.port2;
    this.port2.other = this.port1;
  }
}

/** @param {Partial<{ source: unknown, origin: string, data: unknown, ports: unknown[] }>} fields */
export function messageEvent({ source = null, origin = '', data = null, ports = [] }) {
  return Object.assign(new Event('message'), { source, origin, data, ports });
}
