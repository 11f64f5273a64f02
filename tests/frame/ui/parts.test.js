import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

const read = (/** @type {string} */ path) => readFileSync(new URL(`../../../static/frame/${path}`, import.meta.url), 'utf8');
const HTML = read('frame.html');

test('the document has every part that the view names', () => {
  const source = read('ui/view.js');
  const ids = new Set([...HTML.matchAll(/ id="([\w-]+)"/g)].map(([, id]) => id));
  const named = [...source.matchAll(/#(?:find|setText|on)\('([\w-]+)'/g)].map(([, id]) => id);
  assert.equal(named.length > 20, true);
  assert.deepEqual(named.filter((id) => !ids.has(id)), []);
});
