import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';

import * as countries from '../../../static/frame/phone/countries.js';
import { homeOf } from '../../../static/frame/phone/home.js';
import { Phones } from '../../../static/frame/phone/phones.js';

const GHANA = { region: 'GH', code: '233', trunk: '0' };

/** @param {string} region of the shop; empty for none */
function phonesIn(region) {
  let loads = 0;
  const phones = new Phones(countries.COUNTRIES.find((country) => country.region === region) ?? null, async () => {
    loads += 1;
    return countries;
  });
  return { phones, loads: () => loads };
}

/** @param {string} region @param {string} typed */
const contactOf = async (region, typed) => (await phonesIn(region).phones.read(typed))?.contact ?? null;

test('a national number is one of the chosen country: most drop the trunk prefix, Ivory Coast has none', async () => {
  assert.deepEqual(await Promise.all([
    contactOf('GH', '024 123 4567'), contactOf('KE', '0712 345678'), contactOf('CI', '05 01 23 45 67'), contactOf('GH', '0501234567'), contactOf('GH', '241234567'),
    contactOf('HU', '06 20 123 4567'), contactOf('BY', '80 29 491 19 11'), contactOf('RU', '8 800 555 35 35'), contactOf('RU', '800 555 35 35'), contactOf('US', '1 201 555 0123'),
  ]), [
    '+233241234567', '+254712345678', '+2250501234567', '+233501234567', '+233241234567',
    '+36201234567', '+375294911911', '+78005553535', '+78005553535', '+12015550123',
  ]);
});

for (const { typed, number } of JSON.parse(readFileSync(new URL('../../vectors/typed-numbers.json', import.meta.url), 'utf8'))) {
  test(`a number is read in Ghana as the API reads it: ${JSON.stringify(typed)}`, async () => assert.equal(await contactOf('GH', typed), number));
}

test('a number with a known country code needs no `+`, and a national one is not mistaken for it', async () => {
  assert.deepEqual(await Promise.all([
    contactOf('KE', '254712345678'), contactOf('GH', '254 712 345678'), contactOf('', '254712345678'), contactOf('CI', '2250501234567'), contactOf('GH', '00254712345678'),
    contactOf('GH', '233241234'), contactOf('CI', '2547123456'), contactOf('KE', '254712345'),
  ]), [
    '+254712345678', '+254712345678', '+254712345678', '+2250501234567', '+254712345678',
    '+233233241234', '+2252547123456', '+254254712345',
  ]);
});

test('a number with a `+` keeps its country whatever is chosen; a trunk prefix within it is dropped', async () => {
  assert.deepEqual(await Promise.all([
    contactOf('CI', '+233 (0)24 123 4567'), contactOf('GH', '+233 (0)24 123 4567'), contactOf('GH', '+225 05 01 23 45 67'), contactOf('', '+44 (0)7400 123456'), contactOf('GH', '+39 312 345 6789'),
    contactOf('AR', '011 15-2345-6789'), contactOf('AR', '+54 9 11 2345-6789'), contactOf('AR', '0371 515 23 4567'),
  ]), ['+233241234567', '+233241234567', '+2250501234567', '+447400123456', '+393123456789', '+5491123456789', '+5491123456789', '+5493715' + '234567']);
});

test('nothing is guessed: without a country a national number is none, and no number is shorter than 7 digits or longer than 15', async () => {
  assert.deepEqual(await Promise.all(['0241234567', '501234567', '+23324', '+233 24 123 4567 8901 2', 'ama'].map((typed) => contactOf('', typed))), [null, null, null, null, null]);
});

test('what is dialled at home before the code of another country is read, and `00` everywhere', async () => {
  assert.deepEqual(await Promise.all([
    contactOf('NG', '009 233 24 123 4567'), contactOf('NG', '00 233 24 123 4567'), contactOf('KE', '000 233 24 123 4567'), contactOf('UG', '007 254 712 345678'),
    contactOf('GH', '000 254 712 345678'), contactOf('GH', '00 971 50 123 4567'), contactOf('GH', '00 233 24 123 4567'), contactOf('US', '011 233 24 123 4567'), contactOf('', '00 254 712 345678'),
    contactOf('IT', '0039 32222'), contactOf('GH', '00 999 123 4567'), contactOf('NG', '0802 123 4567'),
  ]), [
    '+233241234567', '+233241234567', '+233241234567', '+254712345678',
    '+254712345678', '+971501234567', '+233241234567', '+233241234567', '+254712345678',
    '+3932222', '+9991234567', '+2348021234567',
  ]);
});

test('a number of a country whose groups only the table knows is shown in them once it is there, and used in any case', async () => {
  const { phones, loads } = phonesIn('KE');
  assert.deepEqual([phones.peek('0712345678')?.shown, phones.peek('0712345678')?.regions], ['+254\u00a0712345678', undefined]);
  assert.equal((await phones.readShown('0712 345678'))?.shown, '+254\u00a0712\u00a0345\u00a0678, Kenya');
  assert.equal(loads(), 1);
  const kenya = { region: 'KE', code: '254', trunk: '0' };
  assert.equal((await new Phones(kenya, () => Promise.reject(new TypeError('no network'))).read('0712 345678'))?.contact, '+254712345678');
});

test('the whole number is shown with its country, also while it is typed', async () => {
  const { phones } = phonesIn('GH');
  await phones.loadCountries();
  const shown = (/** @type {string} */ typed) => phones.peek(typed)?.shown.replaceAll('\u00a0', ' ');
  assert.deepEqual(['0241234567', '0501234567', '024', '0', '+', '+23', '+2250501234567', '+18765551234', '+12015550123', '+7 701 234 5678', '+79123456789', '+999123', '00', '00254712'].map(shown), [
    '+233 24 123 4567, Ghana', '+233 50 123 4567, Ghana', '+233 24, Ghana', '+233, Ghana', undefined, '+23', '+225 05 01 23 4567, Côte d’Ivoire', '+1 876 555 1234, Jamaica',
    '+1 201 555 0123, United States or Canada', '+7 701 234 5678, Kazakhstan', '+7 912 345 67 89, Russia', '+999123', undefined, '+254 712, Kenya',
  ]);
});

for (const [region, typed] of [['GH', '0241234567'], ['GH', '02412'], ['GH', '+233241234567'], ['NG', '08021234567'], ['NG', '0802123']]) {
  test(`a number that needs no table is shown as the table would show it: ${region} ${typed}`, async () => {
    const { phones } = phonesIn(String(region));
    const shown = phones.peek(String(typed))?.shown;
    assert.match(shown ?? '', /\u00a0\d+\u00a0.*, (Ghana|Nigeria)$/);
    await phones.loadCountries();
    assert.equal(phones.peek(String(typed))?.shown, shown);
  });
}

test('a number is not broken into lines, and its country may stand on the next', () => {
  assert.equal(new Phones(GHANA, () => Promise.reject(new TypeError('not needed'))).peek('0241234567')?.shown, '+233\u00a024\u00a0123\u00a04567, Ghana');
});

test('the table is loaded once, and only for what the chosen country does not explain', async () => {
  for (const [typed, expected] of [['0241234567', 0], ['+233241234567', 0], ['+23', 0], ['ama@mail.example', 0], ['+254712345678', 1], ['254712345678', 1]]) {
    const { phones, loads } = phonesIn('GH');
    await phones.read(String(typed));
    await phones.read(String(typed));
    assert.equal(loads(), expected, String(typed));
  }
});

test('where the table cannot be loaded, a number of the shop’s country is still read', async () => {
  const phones = new Phones(GHANA, () => Promise.reject(new TypeError('no network')));
  assert.equal((await phones.read('0241234567'))?.contact, '+233241234567');
  await assert.rejects(phones.read('254712345678'), { code: 'NETWORK', isTransient: true });
  assert.equal((await phones.read('+254 712 345 678'))?.contact, '+254712345678', 'with its country code it says all by itself');
  await assert.rejects(new Phones({ region: 'CI', code: '225', trunk: '' }, () => Promise.reject(new TypeError('no network'))).read('0501234567'), { code: 'NETWORK' });
});

/** @param {import('../../../static/frame/phone/phones.js').LoadCountries} load */
function clockedPhones(load) {
  let ms = 0;
  const phones = new Phones(GHANA, load, () => ms);
  return { phones, pass: (/** @type {number} */ more) => { ms += more; } };
}

test('a number of another country is used once it was shown for a second; another one begins anew', async () => {
  const { phones, pass } = clockedPhones(async () => countries);
  await assert.rejects(phones.readShown('254712345678'), { code: 'not_shown' });
  for (const ms of [40, 100, 859]) {
    pass(ms);
    await assert.rejects(phones.readShown('254712345678'), { code: 'not_shown' });
  }
  pass(1);
  assert.equal((await phones.readShown('254712345678'))?.contact, '+254712345678');
  phones.peek('254712345679');
  pass(999);
  await assert.rejects(phones.readShown('254712345679'), { code: 'not_shown' });
  assert.equal((await phones.readShown('0241234567'))?.contact, '+233241234567', 'of the chosen country at once');
});

test('without the table, a number with its `+` is shown whole for a second before it is used; with its country once the table is there', async () => {
  let isLost = true;
  const { phones, pass } = clockedPhones(async () => {
    if (isLost) throw new TypeError('no network');
    return countries;
  });
  await assert.rejects(phones.readShown('+254 712 345 678'), { code: 'not_shown' });
  assert.equal(phones.peek('+254 712 345 678')?.shown, '+254712345678');
  pass(999);
  await assert.rejects(phones.readShown('+254 712 345 678'), { code: 'not_shown' });
  pass(1);
  assert.equal((await phones.readShown('+254 712 345 678'))?.contact, '+254712345678');
  isLost = false;
  await assert.rejects(phones.readShown('+254 712 345 678'), { code: 'not_shown' });
  pass(1000);
  assert.match((await phones.readShown('+254 712 345 678'))?.shown ?? '', /Kenya$/);
});

test('the shop’s country stands in the document; anything else there is ignored', () => {
  const documentWith = (/** @type {string | null} */ content) => /** @type {any} */ ({ querySelector: () => (content === null ? null : { getAttribute: () => content }) });
  assert.deepEqual(homeOf(documentWith('GH 233 0')), GHANA);
  assert.deepEqual(homeOf(documentWith('CI 225 ')), { region: 'CI', code: '225', trunk: '' });
  for (const content of [null, '', 'gh 233 0', 'GH', 'GH 233 0 x', 'GH 0 0']) assert.equal(homeOf(documentWith(content)), null);
});
