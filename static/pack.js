/** Writes the npm package, `static/package/` with its declarations: `node static/pack.js [--to FOLDER]`. Then `npm pack` makes the file to publish. */

import { spawnSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const HERE = import.meta.dirname;
const SOURCE = join(HERE, 'package');
const TSC = join(HERE, '../node_modules/typescript/bin/tsc');
const OPTIONS = ['--ignoreConfig', '--allowJs', '--declaration', '--emitDeclarationOnly', '--strict', '--target', 'es2022', '--module', 'nodenext', '--types', ''];

/** Write the declarations of every module beside it. @param {string} folder */
function declare(folder) {
  const modules = ['index.js', 'react.js', 'types.js'].map((name) => join(SOURCE, name));
  const { status, stdout, stderr } = spawnSync(process.execPath, [TSC, ...OPTIONS, '--rootDir', SOURCE, '--outDir', folder, ...modules], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`no declarations: ${stdout}${stderr}`);
}

const { values } = parseArgs({ options: { to: { type: 'string', default: join(HERE, '../build/package') } } });
const folder = resolve(values.to);
rmSync(folder, { recursive: true, force: true });
cpSync(SOURCE, folder, { recursive: true });
declare(folder);
