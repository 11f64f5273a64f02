import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { brotliDecompressSync, constants, gunzipSync } from 'node:zlib';
import { transform } from 'esbuild';
import { bundle, DOCUMENT, FAULTY, FLOOR, INTERNAL, withCompressed } from '../../static/bundle.js';

const STATIC = new URL('../../static/', import.meta.url);
/** Modules that only a signed-in customer needs, an element beside others, those for numbers of other countries, and that of shops with a look of their own. */
const LATER = ['frame/ui/appearance.js', 'frame/texts/fr.js', 'frame/texts/speaking.js', ...['aside', 'beside', 'folding'].map((name) => `frame/beside/${name}.js`), ...['countries', 'in-sight', 'picker', 'table'].map((name) => `frame/phone/${name}.js`), ...['address', 'countries', 'item-form', 'item-list-view', 'item-list', 'item-texts', 'item-writes', 'item', 'lists', 'long-texts', 'payment'].map((name) => `frame/elements/${name}.js`)];

const built = await bundle();
const readable = await bundle({ readable: true });

/** @param {string} path @param {Map<string, Uint8Array>} [files] */
const textOf = (path, files = built) => new TextDecoder().decode(files.get(path));

/** Modules of which a file was made; the bundler writes the path of each above its code. @param {string} path */
const modulesOf = (path) => [...textOf(path, readable).matchAll(/^\s*\/\/ static\/(\S+\.js)$/gm)].map(([, name = '']) => name);

/** @param {string} folder */
const sourcesIn = (folder) => readdirSync(new URL(`${folder}/`, STATIC), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js')).map((name) => `${folder}/${name}`);

/** @param {string} path */
const classesOf = (path) => new Set([...textOf(path, readable).matchAll(/^(?:export )?(?:class (\w+)|var (\w+) = class\b)/gm)].map(([, declared, assigned]) => declared ?? assigned));

test('the document loads one file and nothing else, opens the connection of the frame’s calls, and holds nothing that a strict CSP blocks', () => {
  const html = textOf('frame/frame.html');
  const hash = createHash('sha256').update(built.get('frame/frame.js') ?? new Uint8Array()).digest('hex').slice(0, 16);
  assert.deepEqual([...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, url]) => url), ['/', `/elements/r/${hash}/frame/frame.js`]);
  assert.deepEqual([...html.matchAll(/<(?:script|style|link|iframe|img)\b[^>]*>/g)].map(([tag]) => tag), ['<link rel="preconnect" href="/" crossorigin>', '<script>', `<script type="module" src="/elements/r/${hash}/frame/frame.js">`, '<style id="link-styles">']);
  assert.equal(/ style=| on[a-z]+=|javascript:|@import|url\(/.test(html), false);
});

test('the document’s own script says `ready` and holds nothing else', () => {
  const own = modulesOf('frame/frame.html');
  assert.deepEqual(own.filter((name) => !['begin', 'protocol/beginning', 'protocol/embedding', 'protocol/origin', 'session/pkce'].includes(name.replace(/^frame\/|\.js$/g, ''))), ['sdk/wire.js', 'sdk/floor.js']);
  assert.equal(/<script>[^]*logout[^]*<\/script>/.test(textOf('frame/frame.html')), false); // of `wire.js`, what `ready` needs
});

test('a guest of one element gets no code of the lists, of the account, of other elements, of appearances, no other language and no table of countries; each is one file', () => {
  assert.deepEqual(modulesOf('frame/frame.js').filter((name) => LATER.includes(name)), []);
  const addresses = textOf('frame/frame.js').match(/import\("[^"]+"\)/g) ?? [];
  const hash = (/** @type {string} */ path) => createHash('sha256').update(built.get(path) ?? new Uint8Array()).digest('hex').slice(0, 16);
  assert.deepEqual(addresses.sort(), ['frame/account.js', 'frame/appearance.js', 'frame/beside.js', 'frame/countries.js', 'frame/kept.js', 'frame/lists.js'].map((path) => `import("/elements/r/${hash(path)}/${path}")`).sort());
  const served = new Set(['frame/frame.html', 'frame/frame.js', 'frame/account.js', 'frame/lists.js', 'frame/beside.js', 'frame/countries.js', 'frame/kept.js', 'frame/appearance.js', 'frame/fr.js'].flatMap(modulesOf));
  assert.deepEqual(sourcesIn('frame').filter((name) => !served.has(name) && !['frame/account/account.js', 'frame/elements/lists.js', 'frame/beside/beside.js', 'frame/texts/fr.js'].includes(name)), []);
});

test('what a file exports keeps its name, by which the frame calls it', () => {
  const exported = ['account', 'lists', 'beside', 'countries', 'kept', 'appearance'].flatMap((name) => [...textOf(`frame/${name}.js`).matchAll(/export ?\{([^}]*)\}/g)].flatMap(([, names = '']) => names.split(',')));
  const names = exported.map((one) => one.replace(/.* as /, '').trim());
  assert.equal(names.includes('readNumber') && names.includes('openPicker'), true);
  assert.deepEqual(INTERNAL.frame.trim().split(/\s+/).filter((name) => names.includes(name)), []);
});

test('the shop’s country is read in one place, which the lists have without the numbers', () => {
  const readers = sourcesIn('frame').filter((name) => readFileSync(new URL(name, STATIC), 'utf8').includes('meta[name="country"]'));
  assert.deepEqual(readers, ['frame/phone/home.js']);
  assert.deepEqual(modulesOf('frame/lists.js').filter((name) => /phone\/(?:home|phones)\.js$/.test(name)), readers);
});

test('the document has the styles of its skeleton; those of the card, the lists and the picker come with their code', () => {
  const files = ['frame/frame.html', 'frame/frame.js', 'frame/lists.js', 'frame/countries.js', 'frame/beside.js', 'frame/account.js'].map((path) => textOf(path));
  const holders = (/** @type {string} */ rule) => files.map((text) => text.includes(rule));
  assert.deepEqual(holders('.item:first-of-type{'), [false, false, true, false, false, false]);
  assert.deepEqual(holders('.wallet div{'), [false, true, false, false, false, false]);
  assert.deepEqual(holders('.picker{'), [false, false, false, true, false, false]);
  assert.deepEqual(holders('noscript p{'), [true, false, false, false, false, false]);
  assert.deepEqual(holders('#aside button{'), [false, false, false, false, true, false]);
  assert.deepEqual(holders('.contacts li{'), [false, false, false, false, false, true]);
});

test('every file is written for the oldest browsers: a build for them would change nothing', async () => {
  const [, first = ''] = /<script>([^]*?)<\/script>/.exec(textOf(DOCUMENT)) ?? [];
  const scripts = [first, ...[...built.keys()].filter((path) => path.endsWith('.js') && !path.startsWith('releases/')).map((path) => textOf(path))];
  assert.equal(scripts.length, 10);
  for (const script of scripts) {
    const [newest, oldest] = await Promise.all([{}, { target: FLOOR, supported: FAULTY }].map((options) => transform(script, { charset: 'utf8', ...options })));
    assert.equal(oldest?.code, newest?.code);
    assert.equal(/\?\.[\w.]*\(\.\.\.|\(\?<[!=]/.test(script), false);
  }
  assert.notEqual((await transform('class A { #b() {} }', { target: FLOOR })).code, (await transform('class A { #b() {} }')).code);
});

test('a language is one file, at an address that the frame knows by its code, and holds a text for each English one; those of the account come with its code', () => {
  const french = built.get('frame/fr.js') ?? new Uint8Array();
  const hash = createHash('sha256').update(french).digest('hex').slice(0, 16);
  assert.equal(textOf('frame/frame.js').includes(`{fr:"/elements/r/${hash}/frame/fr.js"}`), true);
  for (const text of ['Go on without Link', 'Continuer sans Link', 'Deliver to', 'Livrer à']) assert.equal(textOf('frame/fr.js').includes(text), true, text);
  for (const text of ['Close account', 'Fermer le compte']) assert.deepEqual(['frame/account.js', 'frame/fr.js'].map((path) => textOf(path).includes(text)), [true, false], text);
  assert.equal([...built].some(([path, content]) => !path.endsWith('fr.js') && new TextDecoder().decode(content).includes('Continuer sans')), false);
});

test('each built file imports nothing else by itself, so the hash of the SDK covers all of it', () => {
  for (const path of ['sdk/v1.js', 'frame/frame.js', 'frame/lists.js', 'frame/beside.js', 'frame/countries.js', 'frame/kept.js', 'frame/appearance.js', 'frame/fr.js']) assert.equal(/^\s*(?:import|export)\b.*\bfrom\b/m.test(textOf(path, readable)), false, path);
  assert.equal(textOf('sdk/v1.js').includes('import('), false);
  assert.deepEqual(sourcesIn('sdk').filter((name) => !modulesOf('sdk/v1.js').includes(name)), []);
});

test('no class stands in two files of the frame: `instanceof` would not know the other one', () => {
  const [frame, lists] = [classesOf('frame/frame.js'), classesOf('frame/lists.js')];
  assert(frame.has('ApiError') && lists.has('ItemList'));
  assert.deepEqual([...lists, ...classesOf('frame/beside.js'), ...classesOf('frame/countries.js'), ...classesOf('frame/appearance.js'), ...classesOf('frame/kept.js'), ...classesOf('frame/fr.js')].filter((name) => frame.has(name)), []);
});

test('two builds of the same sources are equal, and the compressed forms hold the same bytes', async () => {
  const files = withCompressed(await bundle());
  assert.equal(files.size, 3 * built.size);
  for (const [path, content] of built) {
    const text = new TextDecoder().decode(content);
    assert.equal(textOf(path, files), text);
    // The bridge ends the document's stream, with what it appends.
    const finishFlush = path === DOCUMENT ? constants.BROTLI_OPERATION_FLUSH : constants.BROTLI_OPERATION_FINISH;
    assert.equal(new TextDecoder().decode(brotliDecompressSync(files.get(`${path}.br`) ?? new Uint8Array(), { finishFlush })), text);
    assert.equal(new TextDecoder().decode(gunzipSync(files.get(`${path}.gz`) ?? new Uint8Array())), text);
  }
});

test('no class inherits from one of ours, for the build gives the private names of each module the same short ones', () => {
  const parents = ['sdk', 'frame'].flatMap(sourcesIn).flatMap((name) => [...readFileSync(new URL(name, STATIC), 'utf8').matchAll(/\bclass \w+ extends (\w+)/g)].map(([, parent]) => parent));
  assert.deepEqual([...new Set(parents)], ['Error']);
});
