/** Junk messages, reproducible by their seed. */

/** Mulberry32, a seeded generator of evenly distributed numbers. @param {number} seed @returns {() => number} below 1 */
export function seededRandom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** @template T @param {() => number} random @param {readonly T[]} options @returns {T} */
export const pick = (random, options) => /** @type {T} */ (options[Math.floor(random() * options.length)]);

const NAMES = ['ns', 'v', 'type', 'code_challenge', 'bootstrap_token', 'options', 'versions', 'id', 'state', 'height', 'code', '__proto__', 'constructor', 'toJSON', 'x'];
const TEXTS = ['cimplify.link', 'init', 'ready', 'refresh', 'logout', 'error', 'initialized', '', 'x', 'null', '__proto__', `elb_${'a'.repeat(40)}`, `lnk_${'a'.repeat(40)}`, 'A'.repeat(43), 'A'.repeat(42), '\ud800', 'é'.repeat(9_000)];
const NUMBERS = [0, 1, -1, 2, NaN, Infinity, -0, 1e308, 2 ** 53];
/** @type {((random: () => number, depth: number) => unknown)[]} */
const KINDS = [
  (random) => pick(random, TEXTS),
  (random) => pick(random, NUMBERS),
  (random) => pick(random, [null, undefined, true, false, 1n, Symbol('s'), () => 1]),
  (random, depth) => Array.from({ length: Math.floor(random() * 4) }, () => junk(random, depth + 1)),
  (random, depth) => Object.fromEntries(Array.from({ length: Math.floor(random() * 8) }, () => [pick(random, NAMES), junk(random, depth + 1)])),
  (random) => pick(random, [new Map([['ns', 'cimplify.link']]), new Date(NaN), /init/, new Uint8Array(8), new Error('junk'), new Proxy({}, { get: () => { throw new Error('touched'); }, ownKeys: () => { throw new Error('touched'); } })]),
  () => { const cycle = /** @type {any} */ ({ ns: 'cimplify.link', v: 1, type: 'init' }); cycle.options = cycle; return cycle; },
  () => ({ ns: 'cimplify.link', v: 1, get type() { throw new Error('touched'); } }),
];

/** @param {() => number} random @param {number} [depth] @returns {unknown} */
export function junk(random, depth = 0) {
  return depth > 4 ? null : pick(random, KINDS)(random, depth);
}

/** A valid message with one field removed or replaced by junk. @param {() => number} random @param {Record<string, unknown>} right @param {string[]} needed */
export function corrupted(random, right, needed) {
  const name = pick(random, needed);
  const { [name]: value, ...rest } = right;
  const wrong = random() < 0.3 ? rest : { ...rest, [name]: junk(random) };
  return Object.is(/** @type {any} */ (wrong)[name], value) ? rest : wrong;
}
