/** The npm package as a shop gets it: packed by npm and unpacked again. `node packed-package.js FOLDER` installs it there, beside the React of this repository. */

import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

const ROOT = join(import.meta.dirname, '../../..');
export const MODULES = join(ROOT, 'node_modules');
/** Node comes with its npm. */
const NPM = join(dirname(realpathSync(process.execPath)), '../lib/node_modules/npm/bin/npm-cli.js');

/** Run a program and return what it prints. @param {string} program @param {string[]} args @param {string} [cwd] */
export function run(program, args, cwd) {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', ...(cwd && { cwd }) });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
}

/** Install the package into `node_modules` of a folder. @param {string} folder @returns {string} where the package is */
export function install(folder) {
  const source = join(folder, 'source');
  run(process.execPath, [join(ROOT, 'static/pack.js'), '--to', source]);
  run(process.execPath, [NPM, 'pack', '--ignore-scripts', '--offline', '--silent', '--pack-destination', folder], source);
  rmSync(source, { recursive: true, force: true });
  const place = join(folder, 'node_modules/@cimplify/link-elements');
  mkdirSync(place, { recursive: true });
  const [packed = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  run('tar', ['-xzf', join(folder, packed), '-C', place, '--strip-components=1']);
  for (const name of ['react', 'react-dom', 'scheduler', '@types', 'csstype']) symlinkSync(join(MODULES, name), join(folder, 'node_modules', name));
  return place;
}

if (process.argv[1] === import.meta.filename && process.argv[2]) install(process.argv[2]);
