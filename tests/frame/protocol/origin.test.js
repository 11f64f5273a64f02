import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import { isCanonicalOrigin } from '../../../static/frame/protocol/origin.js';

test('an origin is canonical as the vectors that the bridge shares say', () => {
  const { presented } = JSON.parse(readFileSync(new URL('../../vectors/origins.json', import.meta.url), 'utf8'));
  assert(presented.length > 50);
  for (const { text, verdict, why } of presented) assert.equal(isCanonicalOrigin(text), verdict === 'ok', `${text}: ${why}`);
});
