import assert from 'node:assert/strict';
import test from 'node:test';
import { Language } from '../../../static/frame/texts/language.js';
import { fill, fillAll, translate } from '../../../static/frame/texts/translate.js';

/** @param {string[]} languages of the browser */
function browserOf(...languages) {
  Object.defineProperty(globalThis, 'navigator', { value: { languages }, configurable: true });
}

/** Languages whose files tell when they are spoken. @param {Record<string, () => Promise<any>>} [others] */
function known(others = {}) {
  /** @type {string[]} */
  const said = [];
  const file = (/** @type {string} */ code) => ({ speak: (/** @type {boolean} */ isWanted) => void said.push(`${isWanted ? '' : 'no '}${code}`) });
  const files = { fr: file('fr'), tw: file('tw') };
  return { said, language: new Language({ fr: async () => files.fr, tw: async () => files.tw, ...others }) };
}

test('the language is the page’s, where there are texts of it, else the first of the browser’s, else English', async () => {
  for (const [locale, languages, spoken] of /** @type {[unknown, string[], string[]][]} */ ([
    [undefined, ['fr-CI', 'en'], ['fr']], [undefined, ['en-GH', 'fr'], []], [undefined, ['sw', 'fr'], ['fr']], [undefined, ['sw'], []], [undefined, [], []],
    ['fr', ['en'], ['fr']], ['fr_CI', ['en'], ['fr']], ['FR-ci', ['en'], ['fr']], ['en', ['fr'], []], ['tw-GH', ['fr'], ['tw']],
    ['sw', ['fr'], ['fr']], ['sw', ['en'], []], ['', ['fr'], ['fr']], ['french', ['en'], []], ['frr', ['en'], []], [{}, ['en'], []], [null, ['fr'], ['fr']],
  ])) {
    browserOf(...languages);
    const { said, language } = known();
    await language.set(locale);
    assert.deepEqual(said, spoken, `${locale} ${languages}`);
  }
});

test('another language takes the place of the one before, also when its file comes sooner', async () => {
  browserOf('fr');
  /** @type {(file: any) => void} */
  let arrive = () => {};
  const { said, language } = known({ fr: () => new Promise((resolve) => { arrive = resolve; }) });
  const first = language.set(undefined);
  await language.set('tw');
  arrive({ speak: () => said.push('late') });
  await first;
  await language.set('en');
  await language.set('tw');
  await language.set('tw');
  assert.deepEqual(said, ['tw', 'no tw', 'tw']);
});

test('a file that does not come leaves the language as it is, and is asked for again', async () => {
  browserOf('fr');
  let tries = 0;
  const { said, language } = known({ fr: async () => { throw new Error(`${tries += 1}`); } });
  await language.set(undefined);
  await language.set('tw');
  await language.set('fr');
  assert.deepEqual([said, tries], [['tw'], 2]);
});

test('a text without a translation is shown in English; what a customer wrote is never a pattern', () => {
  globalThis.linkTexts = Object.assign(Object.create(null), { 'Edit {title}': 'Modifier {title}' });
  assert.equal(translate('New in this release'), 'New in this release');
  assert.equal(translate('toString'), 'toString');
  assert.equal(fill('Edit {title}', '$& {title} $1'), 'Modifier $& {title} $1');
  assert.equal(fillAll('{a}: {b} {c}', { a: '{b}', b: '$1' }), '{b}: $1 ');
  globalThis.linkTexts = undefined;
});
