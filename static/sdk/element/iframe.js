/** The iframe of an element, and the card that stands in its place until the frame shows its own. */

import { originOf } from '../page-origin.js';
import { NAMES as ENGLISH } from '../texts/en.js';
import { NAMES as FRENCH } from '../texts/fr.js';
import { VERSION } from '../wire.js';

/** There a guest's field and button stand below each other. */
const NARROW_BELOW_PX = 420;
/** Mark of an iframe that has a handle, of whatever release of the SDK: no copy of an element has it. */
const OURS = Symbol.for('cimplify.link');
/** `allow-same-origin` is safe here because the frame's origin is not the shop's. */
const SANDBOX = 'allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-downloads';

/** Theme of the device: light where nobody says. @param {Window} window @returns {EventTarget & { matches?: boolean }} */
export function themeOf(window) {
  return window.matchMedia?.('(prefers-color-scheme: dark)') ?? new EventTarget();
}

/** @param {Omit<import('../connection/connection.js').Target, 'iframe'>} target @param {import('../connection/connection.js').SdkEnv} env */
export function createIframe({ elementsOrigin, businessId, element, options }, { window, document }) {
  const url = new URL(`/elements/${element}`, elementsOrigin);
  url.search = new URLSearchParams({ business_id: businessId, parent_origin: originOf(window), v: `${VERSION}` }).toString();
  const iframe = document.createElement('iframe');
  iframe.src = url.href;
  iframe.title = `Cimplify Link ${element}`;
  nameIframe(iframe, options);
  iframe.setAttribute('sandbox', SANDBOX);
  iframe.setAttribute('allow', 'otp-credentials'); // WebOTP: the frame reads the code from its message
  // The frame's canvas has this scheme too; with another one it would be opaque. The width is that of the card: 480 px to read or type in, padding, line.
  Object.assign(iframe.style, { display: 'block', width: 'min(100%,514px)', border: '0', colorScheme: 'light' });
  return iframe;
}

/** Call it in the language that its document will have, in which the name is read out. @param {HTMLIFrameElement} iframe with its title @param {Record<string, any>} options */
export function nameIframe(iframe, { appearance }) {
  const [language] = [appearance?.locale, ...navigator.languages].flatMap((tag) => /^(?:en|fr)(?![a-z])/i.exec(tag) ?? []);
  const isFrench = language?.toLowerCase() === 'fr';
  iframe.lang = isFrench ? 'fr' : 'en';
  iframe.setAttribute('aria-label', `Cimplify Link, ${(isFrench ? FRENCH : ENGLISH)[iframe.title.slice(14)]}`);
}

/**
 * Insert the iframe, and remove what a copy of the page brought along: an iframe of ours whose handle lives in another page, or no longer.
 * It has the height of what it shows first: one of the page's elements asks a guest, an `auth` element, else the first (the frame's `folding.js`).
 * @param {HTMLIFrameElement} iframe @param {import('./handle.js').Mounting} mounting
 */
export function insertIframe(iframe, { parent, elementsOrigin, element, linkToken, others }) {
  for (const child of /** @type {any[]} */ ([...parent.children])) {
    if (child.src?.startsWith?.(`${elementsOrigin}/elements/`) && !child[OURS]) child.remove(); // the `src` of a form may be a field of it
  }
  Object.assign(iframe, { [OURS]: true });
  parent.append(iframe);
  setHeight(iframe, 208, 256); // of the sign-in
  for (const { iframe: other } of others) {
    const aside = element === 'auth' && !/auth$/.test(other.title) ? other : iframe; // of two `auth` elements the first one asks
    if (!linkToken && other.clientWidth && aside.hasAttribute('aria-busy')) setHeight(aside, 88, 112); // of what stands in its place
  }
}

/** Nothing moves where this is the height of what the element shows first. @param {HTMLIFrameElement} iframe @param {number} wide @param {number} narrow */
function setHeight({ style, clientWidth }, wide, narrow) {
  style.height = `${clientWidth < NARROW_BELOW_PX ? narrow : wide}px`;
}

/**
 * Draw a card in place of the frame's own, until that one reports its height. The frame's document is transparent meanwhile: before `init` it
 * does not know the shop's theme. Properties set by a script need no `style-src` in the shop's CSP; a `style` attribute would.
 * @param {HTMLIFrameElement} iframe @param {Record<string, unknown>} options @param {Window} window
 */
export function drawOutline(iframe, { appearance }, window) {
  const { theme, variables } = /** @type {{ theme?: unknown, variables?: Record<string, unknown> | null }} */ (appearance ?? {});
  const isDark = theme === 'dark' || (theme !== 'light' && themeOf(window).matches);
  const { style } = iframe;
  style.backgroundColor = isDark ? '#15181c' : '#fff';
  if (variables?.colorBackground) style.backgroundColor = String(variables.colorBackground); // the browser keeps the theme's colour where this is none
  style.borderRadius = `calc(${variables?.borderRadius ?? '8px'} * 1.5)`;
  style.boxShadow = 'inset 0 0 0 1px rgb(127 127 127 / .3)';
  iframe.setAttribute('aria-busy', 'true');
}

/** No card will come that tells its height: all that the frame says then fits where the sign-in does. @param {HTMLIFrameElement} iframe */
export function endOutline(iframe) {
  if (iframe.clientHeight < 200) setHeight(iframe, 208, 256);
  removeOutline(iframe);
}

/** The frame shows its own card. @param {HTMLIFrameElement} iframe */
export function removeOutline(iframe) {
  const { style } = iframe;
  style.backgroundColor = style.borderRadius = style.boxShadow = '';
  iframe.removeAttribute('aria-busy');
}
