/** The loader of the npm package, with modules that Node really imports. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { loadLink } from '../../static/package/index.js';
import { LinkError } from '../../static/sdk/failures.js';
import { FakeTime } from '../support/js/fakes.js';
import { served } from '../support/js/served-sdk.js';

const GUIDE = readFileSync(new URL('../../docs/integrate.md', import.meta.url), 'utf8');
const SOURCE = readFileSync(new URL('../../static/package/index.js', import.meta.url), 'utf8');
const SDK = 'globalThis.evaluated = (globalThis.evaluated ?? 0) + 1; export const Link = { mount() {}, number: globalThis.evaluated };';
const MANY_MS = 60_000;
const NO_WAIT_MS = 0;
/** @type {any} */
const page = globalThis;

/** @param {Promise<unknown>} load @returns {Promise<any>} */
const failureOf = (load) => load.then(() => assert(false, 'it loaded'), (error) => error);

test('a load gives the SDK, and one load serves every call', () => served(async (origin, serve) => {
  serve(SDK);
  const [first, second] = await Promise.all([loadLink({ origin }), loadLink({ origin })]);
  assert(first !== null && typeof first.mount === 'function');
  assert.equal(second, first);
  assert.equal(await loadLink({ origin }), first);
}));

test('another origin is another load', () => served((origin, serve) => served(async (other, serveOther) => {
  serve(SDK);
  serveOther(SDK);
  assert.notEqual(await loadLink({ origin }), await loadLink({ origin: other }));
})));

test('on a server there is nothing to load', () => served(async (origin, serve) => {
  serve(SDK);
  assert.equal(await loadLink({ origin }), null);
}, { isServer: true }));

test('a failed load says why in the words of the SDK, and the next call tries again', () => served(async (origin, serve) => {
  const failure = await failureOf(loadLink({ origin }));
  const { message, retryable } = new LinkError('network');
  assert.deepEqual([failure instanceof Error, failure.code, failure.message, failure.retryable], [true, 'network', message, retryable]);
  assert(failure.cause instanceof Error);
  serve(SDK);
  assert(await loadLink({ origin }) !== null);
}));

test('a device without a network is told so', () => served(async (origin) => {
  const own = Object.getOwnPropertyDescriptor(globalThis, 'navigator') ?? {};
  Object.defineProperty(globalThis, 'navigator', { configurable: true, value: { onLine: false } });
  const failure = await failureOf(loadLink({ origin }));
  Object.defineProperty(globalThis, 'navigator', own);
  const { message, retryable } = new LinkError('offline');
  assert.deepEqual([failure.code, failure.message, failure.retryable], ['offline', message, retryable]);
}));

test('a load without an answer ends at its deadline, also where the answer never comes, and the next call tries again', () => served(async (origin, serve) => {
  serve('await new Promise(() => {}); export const Link = {};');
  const failure = await failureOf(loadLink({ origin, timeoutMs: NO_WAIT_MS }));
  const { message, retryable } = new LinkError('timeout');
  assert.deepEqual([failure.code, failure.message, failure.retryable], ['timeout', message, retryable]);
  serve(SDK);
  assert(await loadLink({ origin, timeoutMs: MANY_MS }) !== null);
}));

/** Run on a page that is rendered beforehand, with a clock of its own. @param {(time: FakeTime) => Promise<void>} play */
async function renderedBeforehand(play) {
  const { setTimeout, clearTimeout } = page;
  const time = new FakeTime();
  page.document.prerendering = true;
  page.setTimeout = (/** @type {() => void} */ task, /** @type {number} */ ms) => time.setTimeout(task, ms);
  page.clearTimeout = (/** @type {any} */ id) => time.clearTimeout(id);
  await play(time).finally(() => Object.assign(page, { setTimeout, clearTimeout }));
}

test('a page that the browser renders beforehand counts no time before somebody looks at it', () => served((origin, serve) => renderedBeforehand(async (time) => {
  serve('await new Promise(() => {}); export const Link = {};');
  /** @type {string[]} */
  const told = [];
  void failureOf(loadLink({ origin, timeoutMs: MANY_MS })).then(({ code }) => told.push(code));
  await time.advance(2 * MANY_MS);
  page.document.dispatchEvent(new Event('prerenderingchange'));
  await time.advance(MANY_MS - 1);
  assert.deepEqual(told, []);
  await time.advance(1);
  assert.deepEqual(told, ['timeout']);
})));

test('a load that ends before somebody looks at the page leaves no timer', () => served((origin, serve) => renderedBeforehand(async (time) => {
  serve(SDK);
  assert(await loadLink({ origin, timeoutMs: MANY_MS }) !== null);
  page.document.dispatchEvent(new Event('prerenderingchange'));
  assert.equal(time.timers.size, 0);
})));

test('a module without the SDK in it, as a gateway may answer, is no SDK', () => served(async (origin, serve) => {
  serve('export default 1;');
  assert.equal((await failureOf(loadLink({ origin }))).code, 'network');
}));

test('the documented loader has the address and the deadline of the package', () => {
  const [, origin, deadline] = /ORIGIN = '([^']+)';[^]*?DEADLINE_MS = ([\d_]+)/.exec(SOURCE) ?? [];
  assert(origin !== undefined && deadline !== undefined);
  assert(GUIDE.includes(`import('${origin}/elements/sdk/v1.js')`));
  assert(GUIDE.includes(`setTimeout(reject, ${deadline}, `));
});

test('the package’s own page shows the documented code', () => {
  const [, code] = /```js\n([^]*?)```/.exec(readFileSync(new URL('../../static/package/README.md', import.meta.url), 'utf8')) ?? [];
  assert(code !== undefined && GUIDE.includes(`\n${code}`));
});

test('the guide names every handler of the React elements', () => {
  const handlers = readFileSync(new URL('../../static/package/react.js', import.meta.url), 'utf8').match(/^  on\w+(?=: ')/gm) ?? [];
  assert.equal(handlers.length, 11);
  assert.deepEqual(handlers.filter((name) => !GUIDE.includes(`\`${name.trim()}\``)), []);
});
