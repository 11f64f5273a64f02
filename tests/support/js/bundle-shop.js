/** Bundles a shop's own code with the packed npm package, as a shop would: `node bundle-shop.js FOLDER CODE…`; each `CODE.jsx` of the folder becomes `CODE.js`. */

import { join } from 'node:path';
import { build } from 'esbuild';
import { MODULES } from './packed-package.js';

const [folder = '', ...names] = process.argv.slice(2);
await build({
  absWorkingDir: folder,
  entryPoints: names.map((name) => join(folder, `${name}.jsx`)),
  outdir: folder,
  bundle: true,
  charset: 'utf8',
  format: 'esm',
  nodePaths: [MODULES],
  logLevel: 'warning',
});
