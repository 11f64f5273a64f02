import assert from 'node:assert/strict';
import test from 'node:test';

import { countryName, nameLanguage } from '../../../static/frame/phone/country-name.js';

test('countries are named in the language of the texts, or the one that the shop chose', () => {
  assert.deepEqual([nameLanguage(), countryName('CI'), countryName('DE')], ['en', 'Côte d’Ivoire', 'Germany']);
  globalThis.linkLocale = 'fr-CI';
  assert.deepEqual([nameLanguage(), countryName('DE'), countryName('no code')], ['fr-CI', 'Allemagne', 'no code']);
  globalThis.linkLocale = undefined;
  assert.equal(countryName('DE'), 'Germany');
});
