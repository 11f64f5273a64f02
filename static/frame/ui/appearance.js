/**
 * Appearance: the theme and the variables that a shop may set. Each variable accepts one form of value, anything else is ignored.
 * Text stays readable whatever the shop asks for: colours with too little contrast are replaced.
 */

import { hasOwn, isRecord } from '../../sdk/wire.js';

const HEX = /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i;
const LENGTH = /^(\d{0,2}(?:\.\d{1,4})?)(px|r?em)$/;
/** Both units count the size that browsers start from: what they would be in the shop's page is not known here. */
const EM_PX = 16;
/** Names as other Cimplify checkouts write them. @type {Readonly<Record<string, Variable>>} */
const OTHER_NAMES = { primaryColor: 'colorPrimary' };
/** Families that every device has; any other name is quoted, and found where the device has that font: the frame loads none. */
const GENERIC = ['system-ui', '-apple-system', 'sans-serif', 'serif', 'monospace', 'ui-sans-serif', 'ui-serif', 'ui-monospace', 'ui-rounded'];
const FAMILY = /^(["']?)([\p{L}\d][\p{L}\p{M}\d ._-]{0,39})\1$/u;
const MOST_FAMILIES = 8;
const SDK = '/elements/sdk/v1.js';
/** Contrast ratios of WCAG 2.2: for text, and for the outlines of controls. */
const READABLE = 4.5;
const VISIBLE = 3;
const BLACK = '#000000';
const WHITE = '#ffffff';
const THEMES = /** @type {const} */ (['light', 'dark']);

/** @typedef {(value: unknown) => string | null} Reader */
/** @type {Reader} */
const colour = (value) => (typeof value === 'string' && HEX.test(value) ? fullHex(value) : null);
/** @type {(least: number, most: number) => Reader} */
const length = (least, most) => (value) => {
  const [, number = '', unit] = (typeof value === 'string' && LENGTH.exec(value)) || [];
  const px = number === '' ? Number.NaN : Number(number) * (unit === 'px' ? 1 : EM_PX);
  return px >= least && px <= most ? `${px}px` : null;
};
/** @type {Reader} */
const families = (value) => {
  const names = typeof value === 'string' ? value.split(',').map((name) => name.trim()) : [];
  if (names.length === 0 || names.length > MOST_FAMILIES) return null;
  const safe = names.map((name) => (GENERIC.includes(name) ? name : FAMILY.exec(name)?.[2] && `"${FAMILY.exec(name)?.[2]}"`));
  if (!safe.every(Boolean)) return null;
  return [...safe, ...(names.some((name) => GENERIC.includes(name)) ? [] : ['system-ui', 'sans-serif'])].join(', ');
};

/** @typedef {'colorPrimary' | 'colorBackground' | 'colorText' | 'colorDanger' | 'borderRadius' | 'fontSize' | 'fontFamily'} Variable */
/** @type {Readonly<Record<Variable, Reader>>} */
export const VARIABLES = Object.freeze({
  colorPrimary: colour,
  colorBackground: colour,
  colorText: colour,
  colorDanger: colour,
  borderRadius: length(0, 24),
  fontSize: length(13, 20),
  fontFamily: families,
});

/** @typedef {{ theme: 'light' | 'dark' | null, variables: Partial<Record<Variable, string>> }} Appearance */

/** @param {unknown} requested @returns {Appearance} */
export function readAppearance(requested) {
  if (!isRecord(requested)) return { theme: null, variables: {} };
  const variablesRequested = variablesOf(requested);
  /** @type {Appearance['variables']} */
  const variables = {};
  for (const [name, read] of /** @type {[Variable, Reader][]} */ (Object.entries(VARIABLES))) {
    const value = hasOwn(variablesRequested, name) ? read(variablesRequested[name]) : null;
    if (value !== null) variables[name] = value;
  }
  return { theme: THEMES.find((known) => known === requested.theme) ?? null, variables };
}

/** Variables by our own names. @param {Record<string, unknown>} requested @returns {Record<string, unknown>} */
function variablesOf({ variables }) {
  if (!isRecord(variables)) return {};
  const others = Object.entries(variables).map(([name, value]) => [(hasOwn(OTHER_NAMES, name) && OTHER_NAMES[name]) || name, value]);
  return { ...Object.fromEntries(others), ...variables };
}

/** A language that the browser has names in, by its BCP 47 tag; gettext's `fr_CI` is understood too. @param {unknown} requested */
export function readLocale(requested) {
  try {
    const [tag = ''] = Intl.getCanonicalLocales(String(requested).replace(/_/g, '-'));
    return Intl.DisplayNames.supportedLocalesOf(tag).length > 0 ? tag : null;
  } catch {
    return null;
  }
}

/** What a shop asked for in vain, by its path. @param {Record<string, unknown>} requested @returns {string[]} */
export function droppedFrom(requested) {
  const { variables } = readAppearance(requested);
  const names = Object.keys(requested).filter((name) => !['theme', 'variables', 'locale'].includes(name));
  if (requested.theme !== undefined && !['auto', ...THEMES].includes(String(requested.theme))) names.push('theme');
  if (requested.variables !== undefined && !isRecord(requested.variables)) names.push('variables');
  const asked = isRecord(requested.variables) ? Object.keys(requested.variables) : [];
  const vain = asked.filter((name) => !hasOwn(variables, (hasOwn(OTHER_NAMES, name) && OTHER_NAMES[name]) || name));
  return [...names, ...vain.map((name) => `variables.${name}`)];
}

/** Apply what a shop asked for, what is valid of it; a test deployment names the rest on the console. @param {Document} document @param {Record<string, unknown>} requested */
export function dress(document, requested) {
  const { locale } = requested;
  const known = readLocale(locale);
  applyAppearance(document, readAppearance(requested));
  globalThis.linkLocale = known ?? undefined; // not `lang`: there are no texts in it, and a screen reader would read those of another language by its rules
  const dropped = droppedFrom(requested);
  const words = dropped.length > 0 ? [`appearance drops ${dropped.join(', ')}. Names and values that it takes stand in docs/integrate.md#appearance.`] : [];
  if (locale && known === null) words.push(`this browser knows no locale ${locale}. The texts are in its own language.`);
  if (words.length > 0 && document.defaultView) tell(document.defaultView, words).catch(() => {}); // where nothing answers, there is more to mend
}

/** @param {Window & typeof globalThis} window @param {string[]} words */
async function tell(window, words) {
  const { headers } = await window.fetch(SDK, { method: 'HEAD' });
  if (headers.get('Link-Mode') === 'test') for (const said of words) window.console.warn(`Cimplify Link: ${said}`);
}

/** Set theme and custom properties on the document. @param {Document} document @param {Appearance} appearance */
export function applyAppearance({ documentElement: root, defaultView: window }, appearance) {
  const theme = themeOf(appearance);
  if (theme === null) delete root.dataset.theme;
  else root.dataset.theme = theme;
  for (const name of [...(root.style ?? [])]) root.style.removeProperty(name);
  const themed = (/** @type {string} */ name) => window?.getComputedStyle(root).getPropertyValue(name).trim() ?? '';
  const properties = Object.entries(propertiesOf(appearance.variables, themed)); // read every themed value before the first property is set
  for (const [name, value] of properties) root.style.setProperty(name, value);
}

/** The theme to start from: a background colour decides whether it is light or dark. @param {Appearance} appearance */
export function themeOf({ theme, variables: { colorBackground } }) {
  if (colorBackground === undefined) return theme;
  return contrast(colorBackground, WHITE) > contrast(colorBackground, BLACK) ? 'dark' : 'light';
}

/**
 * Custom properties that override the theme.
 * @param {Appearance['variables']} variables @param {(name: string) => string} themed reads a colour of the theme, in hex
 * @returns {Record<string, string>} custom properties
 */
export function propertiesOf({ colorPrimary, colorBackground, colorText, colorDanger, borderRadius, fontSize, fontFamily }, themed) {
  /** @type {Record<string, string>} */
  const properties = {};
  if (borderRadius !== undefined) properties['--radius'] = borderRadius;
  if (fontSize !== undefined) properties['--font-size'] = fontSize;
  if (fontFamily !== undefined) properties['font-family'] = fontFamily;
  if (colorPrimary ?? colorBackground ?? colorText ?? colorDanger) {
    const ground = colorBackground ?? themed('--ground');
    const ink = firstReadable(ground, colorText ?? '', themed('--ink'), BLACK, WHITE);
    Object.assign(properties, groundProperties(colorBackground, ink, themed));
    const grounds = [ground, properties['--wash'] ?? ground];
    Object.assign(properties, accentProperties(colorPrimary ?? themed('--accent'), grounds, ink));
    properties['--ink'] = ink;
    properties['--problem'] = firstOn(grounds, colorDanger ?? '', themed('--problem')) ?? ink;
    properties['--quiet'] = firstOn(grounds, ...[0.3, 0.2, 0.1].map((share) => mix(ink, ground, share))) ?? ink;
  }
  return properties;
}

/** @param {string | undefined} ground @param {string} ink @param {(name: string) => string} themed @returns {Record<string, string>} */
function groundProperties(ground, ink, themed) {
  if (ground === undefined) return { '--wash': isReadable(ink, themed('--wash')) ? themed('--wash') : themed('--ground') };
  const wash = mix(ground, ink, 0.06);
  return {
    '--ground': ground,
    '--field': ground,
    '--line': mix(ground, ink, 0.16),
    '--field-line': [0.45, 0.6, 0.8].map((share) => mix(ground, ink, share)).find((line) => contrast(line, ground) >= VISIBLE) ?? ink,
    '--wash': isReadable(ink, wash) ? wash : ground,
  };
}

/** Colours of buttons, of the text on them, of links and of the focus outline. @param {string} accent @param {string[]} grounds @param {string} ink @returns {Record<string, string>} */
function accentProperties(accent, grounds, ink) {
  const on = contrast(accent, WHITE) >= READABLE ? WHITE : firstReadable(accent, BLACK, WHITE);
  const hover = mix(accent, on === WHITE ? BLACK : WHITE, 0.14); // away from the colour of the text on it
  return {
    '--accent': accent,
    '--accent-ink': on,
    '--accent-hover': hover,
    '--link': firstOn(grounds, accent) ?? ink,
    '--focus': grounds.every((ground) => contrast(accent, ground) >= VISIBLE) ? accent : ink,
  };
}

/** The first colour that is readable on every ground; undefined where none is. @param {string[]} grounds @param {string[]} requested */
function firstOn(grounds, ...requested) {
  return requested.find((one) => one !== '' && grounds.every((ground) => isReadable(one, ground)));
}

/** @param {string} ground @param {string[]} requested in order of preference; where none is readable, the one with most contrast */
function firstReadable(ground, ...requested) {
  const colours = requested.filter((one) => one !== '');
  const best = [...colours].sort((a, b) => contrast(b, ground) - contrast(a, ground))[0];
  return colours.find((one) => isReadable(one, ground)) ?? best ?? BLACK;
}

/** @param {string} text @param {string} ground */
function isReadable(text, ground) {
  return contrast(text, ground) >= READABLE;
}

/** Contrast ratio of two colours, 1 to 21. @param {string} a @param {string} b */
export function contrast(a, b) {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

/** @param {string} hex */
function luminance(hex) {
  const [r = 0, g = 0, b = 0] = channels(hex).map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** @param {string} from @param {string} to @param {number} share of `to` */
function mix(from, to, share) {
  const target = channels(to);
  return `#${channels(from).map((value, at) => Math.round(value + ((target[at] ?? 0) - value) * share).toString(16).padStart(2, '0')).join('')}`;
}

/** @param {string} hex */
function channels(hex) {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
}

/** @param {string} hex */
function fullHex(hex) {
  const long = hex.length === 4 ? `#${[...hex.slice(1)].map((digit) => digit + digit).join('')}` : hex;
  return long.toLowerCase();
}
