/**
 * Bundles a shop's own code with the packed npm package, as a shop would: `node bundle-shop.js FOLDER CODE…`; each `CODE.jsx` of the folder becomes
 * `CODE.js`, and `CODE-18.js` with React 18; `hydrated-production.js` is what a shop would deploy. What a server sends of the component in `app.jsx` becomes `app.html` and `app-18.html`.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { MODULES } from './packed-package.js';

const [folder = '', ...names] = process.argv.slice(2);
/** By the end of what is made. @type {Record<string, Record<string, string>>} */
const REACTS = { '': {}, '-18': { react: 'react-18', 'react-dom': 'react-dom-18' } };
const SERVER = `
  import { createElement } from 'react';
  import { renderToString } from 'react-dom/server';
  import { App } from './app.jsx';
  export const html = renderToString(createElement(App));
`;
/** @type {import('esbuild').BuildOptions} */
const OPTIONS = {
  absWorkingDir: folder,
  bundle: true,
  charset: 'utf8',
  define: { 'process.env.NODE_ENV': '"development"' }, // React's StrictMode mounts twice in development alone
  jsx: 'automatic',
  logLevel: 'warning',
  nodePaths: [MODULES],
};

for (const [end, react] of Object.entries(REACTS)) {
  await build({
    ...OPTIONS,
    alias: { vue: '@vue/runtime-dom', ...react }, // Vue without its compiler of templates
    entryPoints: names.map((name) => ({ in: join(folder, `${name}.jsx`), out: `${name}${end}` })),
    format: 'esm',
    outdir: folder,
  });
  const server = join(folder, `server${end}.cjs`);
  await build({ ...OPTIONS, alias: react, format: 'cjs', outfile: server, platform: 'node', stdin: { contents: SERVER, loader: 'js', resolveDir: folder } });
  writeFileSync(join(folder, `app${end}.html`), (await import(server)).default.html);
}

await build({
  ...OPTIONS,
  define: { 'process.env.NODE_ENV': '"production"' },
  entryPoints: [{ in: join(folder, 'hydrated.jsx'), out: 'hydrated-production' }],
  format: 'esm',
  outdir: folder,
});
