/**
 * Bundles a shop's own code with the packed npm package, as a shop would: `node bundle-shop.js FOLDER CODE…`; each `CODE.jsx` of the folder becomes
 * `CODE.js`. What a server sends of the component in `app.jsx` becomes `app.html`.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { createElement } from 'react';
import { renderToString } from 'react-dom/server';
import { MODULES } from './packed-package.js';

const [folder = '', ...names] = process.argv.slice(2);
/** @type {import('esbuild').BuildOptions} */
const options = { absWorkingDir: folder, bundle: true, charset: 'utf8', format: 'esm', jsx: 'automatic', logLevel: 'warning' };

await build({
  ...options,
  entryPoints: names.map((name) => join(folder, `${name}.jsx`)),
  outdir: folder,
  nodePaths: [MODULES],
  alias: { vue: '@vue/runtime-dom' }, // Vue without its compiler of templates
  define: { 'process.env.NODE_ENV': '"development"' }, // React's StrictMode mounts twice in development alone
});
const server = join(folder, 'app.mjs');
await build({ ...options, entryPoints: [join(folder, 'app.jsx')], outfile: server, packages: 'external' });
const { App } = await import(server);
writeFileSync(join(folder, 'app.html'), renderToString(createElement(App)));
