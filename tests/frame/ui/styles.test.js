import assert from 'node:assert/strict';
import test from 'node:test';

import { addStyles } from '../../../static/frame/ui/styles.js';

/** A document with these style sheets, by id. @param {string[]} ids */
function documentWith(ids) {
  const styles = ids.map((id) => {
    /** @type {string[]} */
    const cssRules = ['main{}'];
    return { id, sheet: { cssRules, insertRule: (/** @type {string} */ rule, /** @type {number} */ at) => cssRules.splice(at, 0, rule) } };
  });
  const querySelector = (/** @type {string} */ selector) => styles.find(({ id }) => selector === 'style' || selector === `#${id}`) ?? null;
  return { styles, document: /** @type {any} */ ({ querySelector, styleSheets: styles.map(({ sheet }) => sheet) }) };
}

test('styles go after those of our own sheet, not into one that an extension put before it', () => {
  const { styles, document } = documentWith(['of-an-extension', 'link-styles']);
  addStyles(document, 'p{}');
  assert.deepEqual(styles.map(({ sheet }) => sheet.cssRules), [['main{}'], ['main{}', '@media all{p{}}']]);
});

test('a document of the release before has one sheet without a name', () => {
  const { styles: [only], document } = documentWith(['']);
  addStyles(document, 'p{}');
  assert.deepEqual(only?.sheet.cssRules, ['main{}', '@media all{p{}}']);
});
