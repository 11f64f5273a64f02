/** The npm package as a shop gets it. */

import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { transform } from 'esbuild';

import { FAULTY, filesBelow, FLOOR } from '../../static/bundle.js';
import { install, MODULES, run } from '../support/js/packed-package.js';

const TYPES = join(import.meta.dirname, 'types');
const MOST_BYTES = 34_816;
/** Words of the SDK's code that a loader has no need of. */
const OF_THE_SDK = /code_challenge|bootstrap|postMessage|MessageChannel|createElement\('iframe'\)/;

const folder = mkdtempSync(join(tmpdir(), 'link-package-'));
const place = install(folder);
const GUIDE = readFileSync(new URL('../../docs/integrate.md', import.meta.url), 'utf8');
const documented = (/** @type {string} */ kind) => new RegExp(`^\`\`\`${kind}\\n([^]*?)^\`\`\`$`, 'm').exec(GUIDE)?.[1] ?? '';
const textOf = (/** @type {string} */ name) => readFileSync(new URL(`file://${join(place, name)}`), 'utf8');

test('the package has these files and no others, few bytes, and nothing of the SDK', () => {
  const files = filesBelow(place).sort();
  assert.deepEqual(files, ['README.md', 'index.d.ts', 'index.js', 'package.json', 'react.d.ts', 'react.js', 'types.d.ts']);
  const code = files.filter((name) => name.endsWith('.js'));
  assert.deepEqual(code.filter((name) => OF_THE_SDK.test(textOf(name))), []);
  assert(files.map((name) => textOf(name).length).reduce((sum, size) => sum + size) < MOST_BYTES);
  assert(OF_THE_SDK.test(readFileSync(new URL('../../static/sdk/element/handle.js', import.meta.url), 'utf8') + readFileSync(new URL('../../static/sdk/connection/connection.js', import.meta.url), 'utf8')));
});

test('the package needs no other, has the version of this repository, and may be left out by a bundler where nothing of it is used', () => {
  const { version, dependencies, sideEffects } = JSON.parse(textOf('package.json'));
  const [, ours] = /^version = "([^"]+)"$/m.exec(readFileSync(new URL('../../pyproject.toml', import.meta.url), 'utf8')) ?? [];
  assert.deepEqual([version, dependencies, sideEffects], [ours, undefined, false]);
});

test('to import it on a server touches nothing, and loads nothing', () => {
  const said = run(process.execPath, ['--input-type=module', '--eval', `
    await import('react');
    for (const name of ['window', 'document', 'navigator', 'fetch', 'setTimeout']) {
      Object.defineProperty(globalThis, name, { configurable: true, get() { throw new Error('touched ' + name); } });
    }
    const before = Reflect.ownKeys(globalThis).length;
    const { loadLink } = await import('@cimplify/link-elements');
    await import('@cimplify/link-elements/react');
    const added = Reflect.ownKeys(globalThis).length - before;
    delete globalThis.document; // as on a server
    console.log(await loadLink(), added);
  `], folder);
  assert.equal(said, 'null 0\n');
});

test('it is written for the oldest browsers, for not every shop’s bundler rewrites what it gets; a browser test has none of the newer names', async () => {
  for (const name of ['index.js', 'react.js']) {
    const [newest, oldest] = await Promise.all([{}, { target: FLOOR, supported: FAULTY }].map((options) => transform(textOf(name), { charset: 'utf8', ...options })));
    assert.equal(oldest?.code, newest?.code, name);
  }
});

test('an `Error` that drops its options, as of the oldest browsers, keeps its cause', () => {
  const said = run(process.execPath, ['--input-type=module', '--eval', `
    globalThis.Error = class extends Error { constructor(message) { super(message); } };
    globalThis.document = {};
    const { loadLink } = await import('@cimplify/link-elements');
    await loadLink({ origin: 'file:///nowhere' }).catch(({ code, cause }) => console.log(code, cause.code));
  `], folder);
  assert.equal(said, 'network ERR_MODULE_NOT_FOUND\n');
});

test('on a server an element is an empty `<div>` with its own attributes, nothing is loaded, and the state is `loading`', () => {
  const said = run(process.execPath, ['--input-type=module', '--eval', `
    import { createElement as h, StrictMode } from 'react';
    import { renderToString } from 'react-dom/server';
    import { AddressElement, LinkProvider, useLink } from '@cimplify/link-elements/react';
    console.error = (...said) => { throw new Error(said.join(' ')); };
    const State = () => h('p', null, useLink().state);
    const element = h(AddressElement, { id: 'address', className: 'wide', onSelected() {}, onError() {} });
    console.log(renderToString(h(StrictMode, null, h(LinkProvider, { businessId: 'bus_1', onUnavailable() { throw new Error('told'); } }, element, h(State)))));
  `], folder);
  assert.equal(said, '<div id="address" class="wide"></div><p>loading</p>\n');
});

test('an element outside of a provider says what is missing', () => {
  const said = run(process.execPath, ['--input-type=module', '--eval', `
    import { createElement as h } from 'react';
    import { renderToString } from 'react-dom/server';
    import { PaymentElement } from '@cimplify/link-elements/react';
    try { renderToString(h(PaymentElement)); } catch ({ message }) { console.log(message); }
  `], folder);
  assert.equal(said, 'Link: elements and useLink() stand inside <LinkProvider>\n');
});

test('the wrapper is code of the browser for a bundler that splits by side, and its first line says so', () => {
  assert(textOf('react.js').startsWith("'use client';\n"));
});

test('the documented Vue component is an empty `<div>` and the shop’s own open form on a server, and nothing is loaded', () => {
  symlinkSync(join(MODULES, '@vue/runtime-dom'), join(folder, 'node_modules/vue')); // its server renderer asks it for the same, and brings a compiler with it
  const [component = ''] = documented('mjs').split('createApp({');
  writeFileSync(join(folder, 'server.mjs'), `${component}
    import { ssrUtils } from 'vue';
    const { createComponentInstance, renderComponentRoot, setupComponent } = ssrUtils;
    let looks = 0;
    Object.defineProperty(globalThis, 'document', { get() { looks += 1; } }); // the loader looks first whether there is one
    const vnode = h(LinkElement, { element: 'payment' }, () => h('input', { name: 'phone' }));
    const instance = createComponentInstance(vnode, null, null);
    await setupComponent(instance, true);
    const [place, form] = renderComponentRoot(instance).children;
    console.log(place.type, place.children, form.type, form.props.open, form.children[1][0].props.name, looks);
  `);
  assert.equal(run(process.execPath, ['server.mjs'], folder), 'div null details true phone 0\n');
});

test('its types allow what is right and refuse what is wrong', () => {
  const options = ['--ignoreConfig', '--noEmit', '--strict', '--jsx', 'react-jsx', '--target', 'es2022', '--lib', 'es2022,dom', '--module', 'esnext', '--moduleResolution', 'bundler', '--types', ''];
  cpSync(TYPES, join(folder, 'types'), { recursive: true });
  writeFileSync(join(folder, 'types/documented.ts'), documented('ts'));
  run(process.execPath, [join(MODULES, 'typescript/bin/tsc'), ...options, ...['use.ts', 'use-react.tsx', 'documented.ts'].map((name) => join(folder, 'types', name))]);
});

test('the folder of this test is removed', () => rmSync(folder, { recursive: true, force: true }));
