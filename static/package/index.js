/** Loads the SDK from where it is served; nothing happens at the import of this module, and a checkout goes on where the load fails. */

const ORIGIN = 'https://link.cimplify.io';
/** As in the loader of `docs/integrate.md`. */
const DEADLINE_MS = 10_000;

/** The SDK's own words for these failures. */
const FAILURES = Object.freeze({
  network: 'The service cannot be reached.',
  offline: 'The device is offline.',
  timeout: 'No answer in time.',
});

/** @typedef {import('./types.js').Appearance} Appearance */
/** @typedef {import('./types.js').ElementName} ElementName */
/** @typedef {import('./types.js').Link} Link */
/** @typedef {import('./types.js').LinkEvents} LinkEvents */
/** @typedef {import('./types.js').LinkFailure} LinkFailure */
/** @typedef {import('./types.js').LinkHandle} LinkHandle */
/** @typedef {import('./types.js').LinkToken} LinkToken */
/** @typedef {import('./types.js').MountOptions} MountOptions */
/** @typedef {import('./types.js').StepName} StepName */
/**
 * @typedef {object} LoadOptions
 * @property {string} [origin] where Link is served
 * @property {number} [timeoutMs] 10 000 by default; counts for the call that begins a load, which later calls share
 */

/** Link did not load. The next `loadLink` tries again. */
export class LinkLoadError extends Error {
  /** @param {keyof typeof FAILURES} code @param {unknown} [cause] */
  constructor(code, cause) {
    super(FAILURES[code]);
    this.name = 'LinkLoadError';
    if (cause !== undefined) this.cause = cause; // the oldest browsers drop it where it is an option of `Error`
    this.code = code;
    this.retryable = true;
  }
}

/** Loads under way and done, by origin. @type {Map<string, Promise<Link>>} */
const loads = new Map();
/** Failed loads, by origin. @type {Map<string, number>} */
const failed = new Map();

/**
 * Load the SDK, once for each origin.
 * @param {LoadOptions} [options]
 * @returns {Promise<Link | null>} null on a server, where there is no page; rejects with a `LinkLoadError`
 */
export function loadLink({ origin = ORIGIN, timeoutMs = DEADLINE_MS } = {}) {
  if (typeof document === 'undefined') return Promise.resolve(null);
  const known = loads.get(origin);
  if (known !== undefined) return known;
  const load = begin(origin, timeoutMs);
  loads.set(origin, load);
  load.catch(() => {
    loads.delete(origin);
    failed.set(origin, (failed.get(origin) ?? 0) + 1);
  });
  return load;
}

/** @param {string} origin @param {number} timeoutMs @returns {Promise<Link>} */
async function begin(origin, timeoutMs) {
  let isOver = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const late = new Promise((_, reject) => onceLookedAt(() => {
    if (!isOver) timer = setTimeout(() => reject(new LinkLoadError('timeout')), timeoutMs);
  }));
  try {
    const { Link } = await Promise.race([fetchModule(addressAt(origin)), late]);
    if (typeof Link?.mount !== 'function') throw new LinkLoadError('network'); // a gateway answered in our place
    return Link;
  } finally {
    isOver = true;
    clearTimeout(timer);
  }
}

/** Nobody waits for a page that the browser renders beforehand. @param {() => void} task */
function onceLookedAt(task) {
  if (/** @type {any} */ (document).prerendering) document.addEventListener('prerenderingchange', task, { once: true });
  else task();
}

/** A browser may answer the repeat of a failed `import()` from its memory, so each repeat has an address of its own. @param {string} origin */
function addressAt(origin) {
  const times = failed.get(origin);
  return `${origin}/elements/sdk/v1.js${times === undefined ? '' : `?again=${times}`}`;
}

/** @param {string} address */
async function fetchModule(address) {
  try {
    return await import(/* webpackIgnore: true */ /* @vite-ignore */ address);
  } catch (error) {
    throw new LinkLoadError(navigator.onLine === false ? 'offline' : 'network', error);
  }
}
