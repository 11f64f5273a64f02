import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { textsIn } from '../../../static/bundle.js';

const STATIC = new URL('../../../static/', import.meta.url);
const FOLDERS = ['frame/texts', 'sdk/texts'];
const OTHERS = readdirSync(new URL('frame/texts/', STATIC)).flatMap((name) => /^(?!en)([a-z]{2})\.js$/.exec(name)?.[1] ?? []);

/** Of the frame and of the SDK. @param {string} language @returns {Promise<Map<string, string>>} */
async function textsOf(language) {
  const read = FOLDERS.map(async (folder) => textsIn(await import(new URL(`${folder}/${language}.js`, STATIC).href)));
  return new Map((await Promise.all(read)).flatMap((texts) => [...texts]));
}

const english = await textsOf('en');
const placeholders = (/** @type {string} */ text) => (text.match(/{\w+}/g) ?? []).sort();

test('every language has the names of the English texts, and no other; each text has the same placeholders', async () => {
  assert.deepEqual(OTHERS, ['fr']);
  for (const language of OTHERS) {
    const texts = await textsOf(language);
    assert.deepEqual([...texts.keys()].sort(), [...english.keys()].sort());
    for (const [name, text] of english) {
      assert.deepEqual(placeholders(texts.get(name) ?? ''), placeholders(text), name);
      assert.equal(/^\s*$/.test(texts.get(name) ?? ''), false, name);
    }
    assert.equal(texts.get('LANGUAGE'), language);
    assert.match(texts.get('DIRECTION') ?? '', /^(?:ltr|rtl)$/);
  }
});

test('equal English texts are equal in every language, since the English one is the key', async () => {
  for (const language of OTHERS) {
    const [texts, byEnglish] = [await textsOf(language), new Map()];
    for (const [name, text] of english) {
      if (byEnglish.has(text)) assert.equal(texts.get(name), byEnglish.get(text), name);
      byEnglish.set(text, texts.get(name));
    }
  }
});

test('no text was left in English', async () => {
  for (const language of OTHERS) {
    const same = [...await textsOf(language)].filter(([name, text]) => text === english.get(name)).map(([, text]) => text);
    assert.deepEqual(same, ['E-mail', 'Code', 'ltr', 'Code', 'District', 'Province']);
  }
});

test('French is set as French: a narrow space before high signs, true apostrophes, guillemets', async () => {
  for (const [name, text] of await textsOf('fr')) {
    assert.equal(/[^\u202f][:;!?»]|«[^\u202f]|['"“”]|\.\.\.|[\u00a0 ]\u202f/.test(text), false, `${name}: ${text}`);
  }
});

test('what stands in the document is one of the texts, with no other text in an attribute', () => {
  const html = readFileSync(new URL('frame/frame.html', STATIC), 'utf8').replace(/<title>.*<\/title>|<noscript>.*<\/noscript>/g, '');
  const known = new Set(english.values());
  const shown = [...html.matchAll(/>([^<>]*\S[^<>]*)</g)].map(([, text = '']) => text).filter((text) => text !== 'Link ');
  assert.equal(shown.length > 15, true);
  assert.deepEqual(shown.filter((text) => !known.has(text)), []);
  assert.deepEqual([...html.matchAll(/ (?:aria-label|title|placeholder|alt)="([^"]*)"/g)].map(([, text]) => text), []);
});

/** What is no text for a customer: names of makers and of headers, what a search finds too, errors of a program, and words for the shop's own developer. */
const OTHERWISE = /^(?:MTN|Telecel|AirtelTigo|M-Pesa|Saint|St\. |Bearer ?|Date|Cimplify Link(?: |, )|Link: |[A-Z][a-z]+(?:-[A-Z][a-z]+)+)$/;
const NOT_SHOWN = [
  /\bnew (?:Type)?Error\([^)]*\)/g, /\bthrow new \w+\([^)]*\)/g, /console\.\w+\([^)]*\)/g, // of a program
  /const OTHER_NAMES = [^;]*;/g,
  /\bkey === '\w+'/g, // of a key
];
/** Modules whose words are a developer's: `docs/integrate.md` says so of errors and of the console. */
const OF_DEVELOPERS = ['sdk/failures.js', 'sdk/own-failures.js', 'sdk/mistakes.js', 'frame/protocol/error-codes.js', 'sdk/v1.js', 'sdk/connection/diagnose.js', 'package/index.js', 'frame/ui/appearance.js', 'frame/protocol/port.js'];

/** Literals of a module that read like words for people: a capital and a small letter, or words with a space between. @param {string} code */
function wordsIn(code) {
  const bare = NOT_SHOWN.reduce((left, pattern) => left.replace(pattern, ''), code.replace(/\/\*[^]*?\*\/|(?<=\s)\/\/.*/g, ''));
  const literals = [...bare.matchAll(/'((?:[^'\\\n]|\\.)*)'|`((?:[^`\\]|\\.)*)`/g)].map(([, quoted, template]) => quoted ?? template?.replace(/\$\{[^}]*\}/g, '') ?? '');
  return literals.filter((text) => /^ ?[A-Z][a-z]+(?:[ ….,!?:’-]|$)|[a-z’]{2,} [a-z’]{2,} [a-z’]{2,}|[a-z]…/.test(text) && !OTHERWISE.test(text));
}

test('a text for the customer is found wherever it stands', () => {
  for (const code of ["node('p', {}, 'Saved addresses')", "say(`Signed in: ${owner}`)", "'Sending…'", "button('Edit', {})", "' is it not so then'"]) assert.equal(wordsIn(code).length, 1, code);
  for (const code of ["throw new Error('Something went wrong')", "'data-key'", "node('p', { class: 'quiet good' })", "/* 'Not said at all' */", "{ 'Content-Type': 'application/json' }"]) assert.deepEqual(wordsIn(code), [], code);
});

test('no module but those of the texts holds a text for the customer', () => {
  for (const folder of ['frame', 'sdk', 'package']) {
    for (const name of readdirSync(new URL(`${folder}/`, STATIC), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'))) {
      const path = `${folder}/${name}`;
      if (OF_DEVELOPERS.includes(path) || /\/texts\/[a-z]{2}\.js$/.test(path)) continue;
      assert.deepEqual(wordsIn(readFileSync(new URL(path, STATIC), 'utf8')), [], path);
    }
  }
});
