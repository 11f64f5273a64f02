import assert from 'node:assert/strict';
import test from 'node:test';

import { VARIABLES, contrast, droppedFrom, propertiesOf, readAppearance, readLocale, themeOf } from '../../../static/frame/ui/appearance.js';

/** @type {Record<'light' | 'dark', Record<string, string>>} as frame.css has them */
const THEMES = {
  light: { '--ground': '#ffffff', '--ink': '#16191d', '--quiet': '#565e69', '--accent': '#0b5a49', '--wash': '#e8f2ef', '--problem': '#a3161f' },
  dark: { '--ground': '#15181c', '--ink': '#f1f3f5', '--quiet': '#a9b1bc', '--accent': '#7fd6bf', '--wash': '#1e3630', '--problem': '#ff9a95' },
};

/** All properties of a theme with the shop's appearance applied. @param {any} appearance @param {'light' | 'dark'} device */
function drawn(appearance, device = 'light') {
  const read = readAppearance(appearance);
  const theme = THEMES[themeOf(read) ?? device];
  /** @type {Record<string, string>} */
  const all = { ...theme, '--accent-ink': '#ffffff', '--link': String(theme['--accent']), '--focus': String(theme['--accent']), ...propertiesOf(read.variables, (name) => theme[name] ?? '') };
  return (/** @type {string} */ name) => all[`--${name}`] ?? '';
}

test('the list of variables is closed, and each accepts one form of value', () => {
  const good = { colorPrimary: '#5B2', colorBackground: '#ffffff', colorText: '#111111', colorDanger: '#b00020', borderRadius: '0px', fontSize: '15.5px', fontFamily: '"Inter", serif' };
  assert.deepEqual(Object.keys(good), Object.keys(VARIABLES));
  assert.deepEqual(readAppearance({ theme: 'dark', variables: good }), { theme: 'dark', variables: { ...good, colorPrimary: '#55bb22' } });
  const bad = ['red', 'rgb(0,0,0)', '#12', '#12345', '#1234567', '#12345678', 'url(//evil.example)', 'var(--x)', '#fff;--ground:red', ' #fff', '#fff\n', '', 7, null, {}, ['#ffffff'], '25px', '-1px', '1e1px', '12em', '99px', 'calc(1px)', '15 px'];
  for (const name of Object.keys(VARIABLES).filter((one) => one !== 'fontFamily')) {
    for (const value of bad) assert.deepEqual(readAppearance({ variables: { [name]: value } }).variables, {}, `${name}: ${String(value)}`);
  }
  for (const odd of [undefined, null, 7, 'dark', [], { variables: 'x' }, { variables: { __proto__: { colorText: '#fff' }, unknown: '#fff', '--ink': '#fff' } }, { theme: 'auto' }, { theme: '__proto__' }]) {
    assert.deepEqual(readAppearance(odd), { theme: null, variables: {} });
  }
});

test('a length may be in px, rem or em, which count 16 px', () => {
  const cases = /** @type {const} */ ([['0.5rem', '8px'], ['.5rem', '8px'], ['1.5em', '24px'], ['0.375rem', '6px'], ['12px', '12px'], ['0rem', '0px'], ['1.6rem', null], ['rem', null], ['1 rem', null], ['1%', null], ['1.rem', null]]);
  for (const [asked, read] of cases) assert.equal(readAppearance({ variables: { borderRadius: asked } }).variables.borderRadius ?? null, read, asked);
  assert.equal(readAppearance({ variables: { fontSize: '1rem' } }).variables.fontSize, '16px');
  assert.equal(readAppearance({ variables: { fontSize: '2rem' } }).variables.fontSize, undefined);
});

test('what other checkouts of Cimplify write is understood; our own name wins', () => {
  assert.deepEqual(readAppearance({ variables: { primaryColor: '#123456', borderRadius: '0.5rem' } }).variables, { colorPrimary: '#123456', borderRadius: '8px' });
  assert.equal(readAppearance({ variables: { colorPrimary: '#abcdef', primaryColor: '#123456' } }).variables.colorPrimary, '#abcdef');
});

test('a font is a family of the device by its name, or one that every device has; nothing else can stand in it', () => {
  const good = /** @type {const} */ ([
    ['Inter', '"Inter", system-ui, sans-serif'], ['"IBM Plex Sans"', '"IBM Plex Sans", system-ui, sans-serif'], ['serif', 'serif'], ["Inter, 'Segoe UI', sans-serif", '"Inter", "Segoe UI", sans-serif'],
    ['-apple-system, Roboto', '-apple-system, "Roboto"'], ['Noto Sans ગુજરાતી', '"Noto Sans ગુજરાતી", system-ui, sans-serif'],
  ]);
  for (const [asked, read] of good) assert.equal(readAppearance({ variables: { fontFamily: asked } }).variables.fontFamily, read);
  for (const bad of ['', ',', 'a;b', 'url(//evil.example)', 'var(--x)', 'Inter, ', '"a', '\\61', 'a"b', 'x'.repeat(41), Array(9).fill('A').join(), 7, null, ['Inter'], 'a\nb', '@x', 'a}b{']) {
    assert.equal(readAppearance({ variables: { fontFamily: bad } }).variables.fontFamily, undefined, String(bad));
  }
});

test('what is dropped is named by its path', () => {
  assert.deepEqual(droppedFrom({ theme: 'auto', variables: { colorPrimary: '#fff', primaryColor: '#fff', borderRadius: '1rem' } }), []);
  assert.deepEqual(droppedFrom({ theme: 'night', colors: 1, variables: { colourPrimary: '#fff', colorText: 'red', primaryColor: 'blue', borderRadius: '2em' } }), [
    'colors', 'theme', 'variables.colourPrimary', 'variables.colorText', 'variables.primaryColor', 'variables.borderRadius',
  ]);
  assert.deepEqual(droppedFrom({ variables: 'dark' }), ['variables']);
});

test('the background decides between the light and the dark theme', () => {
  assert.equal(themeOf(readAppearance({ variables: { colorBackground: '#101418' } })), 'dark');
  assert.equal(themeOf(readAppearance({ theme: 'dark', variables: { colorBackground: '#fffbe6' } })), 'light');
  assert.equal(themeOf(readAppearance({ theme: 'auto' })), null);
});

test('text stays readable and controls visible with any colours', () => {
  const shades = ['#000000', '#ffffff', '#777777', '#767676', '#888888', '#ff0000', '#ffff00', '#0000ff', '#00ff00', '#5b2ee5', '#f5b301', '#123456'];
  for (const device of /** @type {const} */ (['light', 'dark'])) {
    for (const colorBackground of [undefined, ...shades]) {
      for (const colorPrimary of [undefined, ...shades]) {
        for (const colorText of [undefined, '#808080', '#111111']) {
          const of = drawn({ variables: { colorBackground, colorPrimary, colorText, colorDanger: colorText } }, device);
          const posted = `${device} ${colorBackground} ${colorPrimary} ${colorText}`;
          for (const text of ['ink', 'quiet', 'link', 'problem']) assert.equal(contrast(of(text), of('ground')) >= 4.5, true, `${text} on ground: ${posted}`);
          for (const text of ['ink', 'quiet', 'link', 'problem']) assert.equal(contrast(of(text), of('wash')) >= 4.5, true, `${text} on wash: ${posted}`);
          if (colorPrimary !== undefined) assert.equal(contrast(of('accent-ink'), of('accent')) >= 4.5 && contrast(of('accent-ink'), of('accent-hover')) >= 4.5, true, `button: ${posted}`);
          assert.equal(contrast(of('focus'), of('ground')) >= 3, true, `focus: ${posted}`);
          if (colorBackground !== undefined) assert.equal(contrast(of('field-line'), of('ground')) >= 3, true, `field: ${posted}`);
        }
      }
    }
  }
});

test('readable colours are applied unchanged', () => {
  const of = drawn({ variables: { colorPrimary: '#5b2ee5', colorBackground: '#fffdf8', colorText: '#221a10', colorDanger: '#b00020', borderRadius: '4px', fontSize: '17px' } });
  assert.deepEqual(['accent', 'link', 'ground', 'ink', 'problem', 'radius', 'font-size', 'accent-ink'].map(of), ['#5b2ee5', '#5b2ee5', '#fffdf8', '#221a10', '#b00020', '4px', '17px', '#ffffff']);
  assert.deepEqual(propertiesOf({}, () => ''), {});
});

test('a locale is a tag that the browser has names in, also as gettext writes it', () => {
  for (const [asked, known] of [['fr', 'fr'], ['fr-CI', 'fr-CI'], ['fr_CI', 'fr-CI'], ['EN-gb', 'en-GB'], ['pt-PT-u-nu-latn', 'pt-PT-u-nu-latn']]) assert.equal(readLocale(asked), known);
  for (const wrong of ['', 'french', 'fr-', 'x', 'qaa', 'tlh', 7, {}, undefined, null]) assert.equal(readLocale(wrong), null, String(wrong));
  assert.deepEqual(droppedFrom({ theme: 'dark', locale: 'fr' }), []);
});
