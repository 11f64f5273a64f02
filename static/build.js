/** Writes what browsers get: `node static/build.js [--from FOLDER] [--to FOLDER] [--readable]`. Readable code is for a debugger, and larger. */

import { mkdirSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle, DOCUMENT, filesBelow, withCompressed } from './bundle.js';

/** A file that another build may be writing. */
const TEMPORARY = /\.\d+$/;

/** Make a folder hold these files and no others. A file is replaced in one moment, and only when it changes: a server may read meanwhile. @param {import('./bundle.js').Files} files @param {string} folder */
function write(files, folder) {
  const found = new Set(filesBelow(folder));
  // The document comes last, after its compressed forms: `make` takes its time for that of the whole build, also of one that was interrupted.
  const documentLast = [...files].sort(([one], [other]) => Number(one.startsWith(DOCUMENT)) - Number(other.startsWith(DOCUMENT)) || other.length - one.length);
  for (const [path, content] of documentLast) {
    const place = join(folder, path);
    if (found.delete(path) && Buffer.compare(readFileSync(place), content) === 0) continue;
    const temporary = `${place}.${process.pid}`;
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(temporary, content);
    renameSync(temporary, place);
  }
  for (const path of found) if (!TEMPORARY.test(path)) rmSync(join(folder, path), { force: true });
}

const { values } = parseArgs({
  options: { from: { type: 'string' }, to: { type: 'string', default: join(import.meta.dirname, '../build/browser') }, readable: { type: 'boolean' } },
});
write(withCompressed(await bundle(values)), values.to);
const now = new Date();
utimesSync(join(values.to, DOCUMENT), now, now); // `make` sees by its time that the build is newer than its sources
