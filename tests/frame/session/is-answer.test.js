import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import test from 'node:test';

import { ApiError } from '../../../static/frame/session/api.js';
import { isAnswer } from '../../../static/frame/session/is-answer.js';

test('a refusal is an answer; what may go otherwise next time, and what is no error of a call, is none', () => {
  const errors = [new ApiError('NOT_FOUND', { status: 404 }), new ApiError('NETWORK'), new ApiError('INTERNAL', { status: 503 }), new Error('x'), null, { isTransient: false }];
  assert.deepEqual(errors.map(isAnswer), [true, false, false, false, false, false]);
});

test('the rule has one home, and the frame’s own file goes without it', () => {
  const folder = new URL('../../../static/frame/', import.meta.url);
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.js'));
  const having = (/** @type {RegExp} */ rule) => sources.filter((path) => rule.test(readFileSync(new URL(path, folder), 'utf8'))).sort();
  assert.deepEqual(having(/error\.isTransient === false/), ['session/is-answer.js']);
  assert.deepEqual(having(/is-answer\.js'/), ['elements/item-writes.js', 'session/kept.js']);
});
