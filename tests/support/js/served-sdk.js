/** A place that serves the SDK to the loader of the npm package, by modules that Node really imports. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** @type {any} */
const page = globalThis;

/** Run with a place that serves `v1.js`, in a page or on a server. @param {(origin: string, serve: (code: string) => void) => Promise<void>} play */
export async function served(play, { isServer = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'link-loader-'));
  const file = join(folder, 'elements/sdk/v1.js');
  mkdirSync(dirname(file), { recursive: true });
  if (!isServer) page.document = new EventTarget();
  try {
    await play(pathToFileURL(folder).href, (code) => writeFileSync(file, code));
  } finally {
    delete page.document;
    rmSync(folder, { recursive: true, force: true });
  }
}
