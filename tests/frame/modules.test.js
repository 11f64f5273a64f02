import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import test from 'node:test';

const FRAME = new URL('../../static/frame/', import.meta.url);
const SDK = new URL('../../static/sdk/', import.meta.url);

/** Modules that only a signed-in customer needs; `loadPart` imports them. */
const LATER = ['elements/address.js', 'elements/countries.js', 'elements/item-form.js', 'elements/item-list-view.js', 'elements/item-list.js', 'elements/item-texts.js', 'elements/item.js', 'elements/payment.js', 'ui/dom.js'];

test('the frame document preloads every module that a guest needs, and contains nothing that a strict CSP blocks', () => {
  const html = readFileSync(new URL('frame.html', FRAME), 'utf8');
  const preloaded = [...html.matchAll(/rel="modulepreload" href="([^"]+)"/g)].map(([, path]) => path);
  const frameModules = readdirSync(FRAME, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js') && !LATER.includes(name)).map((name) => `/elements/frame/${name}`);
  const shared = ['exchange.js', 'failures.js', 'wire.js'].map((name) => `/elements/sdk/${name}`);
  assert.deepEqual(preloaded.sort(), [...frameModules, ...shared].sort());
  for (const [name, code] of frameModules.map((path) => [path, readFileSync(new URL(path.replace('/elements/frame/', ''), FRAME), 'utf8')])) {
    for (const later of LATER) assert.equal(new RegExp(`from '[^']*/${later.split('/').pop()}'`).test(code ?? ''), false, `${name} brings ${later} to a guest`);
  }
  assert.equal(/ style=| on[a-z]+=|<style|<script>|javascript:/.test(html), false);
});

test('the browser code uses no storage, no opener and no HTML parsing', () => {
  for (const folder of [FRAME, SDK]) {
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.js'))) {
      const code = readFileSync(new URL(name, folder), 'utf8').replace(/\/\*[^]*?\*\/|\/\/.*/g, '');
      assert.equal(/localStorage|sessionStorage|indexedDB|BroadcastChannel|navigator\.locks|\.cookie|\bopener\b|innerHTML|insertAdjacentHTML|document\.write|\beval\b/.test(code), false, name);
    }
  }
});
