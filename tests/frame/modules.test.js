import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import test from 'node:test';

const FRAME = new URL('../../static/frame/', import.meta.url);
const SDK = new URL('../../static/sdk/', import.meta.url);

/** What a reload keeps where the shop wants it, and nothing else (`docs/decisions/0041`). */
const STORES = ['keeping.js', 'session/kept.js', 'session/kept-keys.js'];

test('the browser code uses no storage but in its place, no opener and no HTML parsing', () => {
  for (const folder of [FRAME, SDK]) {
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'))) {
      const code = readFileSync(new URL(name, folder), 'utf8').replace(/\/\*[^]*?\*\/|\/\/.*/g, '');
      assert.equal(/localStorage|BroadcastChannel|\.cookie|\bopener\b|innerHTML|insertAdjacentHTML|document\.write|\beval\b/.test(code), false, name);
      if (!STORES.includes(name)) assert.equal(/sessionStorage|indexedDB|navigator\.locks/.test(code), false, name);
    }
  }
});
