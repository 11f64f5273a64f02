/**
 * What browsers get, made of the modules that people read: the SDK as one file, the frame as one file, its lists, the customer's account and the table of
 * countries with their styles and the code of appearances as others, and the document with the rest of the styles inside. Beside each file stands what brotli and gzip make of it.
 */

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { minify } from 'terser';

const HERE = import.meta.dirname;
/** Files that the frame loads when it needs them. */
const LATER = /^\.\.?\/(?:account|beside|elements|phone|session|ui)\/(account\.js|lists\.js|beside\.js|countries\.js|kept\.js|appearance\.js)$/;
/**
 * Names of properties that only the modules of one file use, by file: the build makes them short. None may be one of the browser, of a message or of the
 * shop, and none of the frame's one that a file loaded later uses, in this release or the one before (`tests/browser/test_internal_names.py`).
 */
export const INTERNAL = {
  sdk: `
    answer challenge elementsOrigin iframe isBlockedByPolicy isGuest isHeld isOnline isSeen isSent isUnreachable obstacle onDestroyed onFailure onPort
    onProgress onStart payload plan reach rejectAll rejectSent report retryAfterMs sendNow shown startOver wake wasHidden`,
  frame: `
    accessToken announce answerRefresh awaitsRefresh bootstrapToken businessId changeContact client clock commands customerId discover endStepUp enterCode expiresInMs
    failRefresh fillCode hasEarlyLogout heard holdLogouts isGuest isHeld isIdle isOnline isProofError isSeen itemList keeping learn leave leaveStepUp loadCountries keptLoading loadBeside loadPart
    mayRefresh meet monotonic obstacle onAnswer onDestroy onEnded onFailed onFailure onGrant onJoined onLeft onLogout onRefreshed onSignedOut onSilence
    onStart onToken onUpdate onWake otherChannel parentOrigin pausedMs peek plan receiveCode refreshToken renew requestCode retryEnv revoke sendError
    sendOtherWay sentAt setAppearance setElement showAuthenticated showCodeForm showCodeProblem showConnecting showContactForm showResendIn showStepUp
    showSignOutProblem showSlow showStopped showWallet showWalletLoading showWalletOf showWalletUnreachable siblings signIn signOut startAgain takeEarlyLogouts verifyCode
    waitMs wake wall`,
};
/** Texts that come with the code of the account, and all others. */
const [OF_ACCOUNT, OF_OTHERS] = [/^ACCOUNT/, /^(?!ACCOUNT)/];
/** Oldest browsers (docs/integrate.md#browsers). */
export const FLOOR = ['chrome90', 'firefox90', 'safari14.1'];
/** What those have, with faults that nothing here meets: a spread in `a?.(...b)`, and letters that Unicode has added since. */
export const FAULTY = { 'optional-chain': true, 'regexp-unicode-property-escapes': true };
/** A private name where it is used, and where it is declared without a value. */
const PRIVATE = /(\.|^ {2}(?:async |get )?)#(\w+)/gm;
const DECLARED = /^ {2}#\w+;$/gm;
/** The letters of code, the most frequent first. */
const LETTERS = 'etnrisouaflchpdvmgybwxkjqzESTNCLAOMDPHBFIRUWXVJKQGYZ_$';
export const DOCUMENT = 'frame/frame.html';
const STYLE = '<link rel="stylesheet" href="/elements/frame/frame.css">';
const FIRST = '<script src="/elements/frame/begin.js"></script>';
const ENTRY = '<script type="module" src="/elements/frame/frame.js"></script>';

/** @typedef {Map<string, Uint8Array>} Files content by path below the folder that the bridge serves */
/** @typedef {{ from?: string, readable?: boolean }} Source */

/** @param {Source} [source] @returns {Promise<Files>} every file to serve, not compressed */
export async function bundle({ from: folder = HERE, readable = false } = {}) {
  const from = resolve(folder);
  const styles = async (/** @type {string} */ path) => JSON.stringify(rulesOf(await file({ entryPoints: [join(from, path)], minify: !readable })));
  const beside = await module(join(from, 'frame/beside/beside.js'), readable, { define: { BESIDE_STYLES: await styles('frame/beside/beside.css') } });
  const countries = await module(join(from, 'frame/phone/countries.js'), readable, { define: { PICKER_STYLES: await styles('frame/phone/picker.css') } });
  const languages = await languagesIn(from);
  const account = await module(join(from, 'frame/account/account.js'), readable, {
    define: {
      ACCOUNT_STYLES: await styles('frame/account/account.css'),
      ACCOUNT_TEXTS: JSON.stringify(Object.fromEntries([...languages].map(([language, texts]) => [language, byEnglish(texts, OF_ACCOUNT)]))),
    },
  });
  const accountAddress = addressOf('account.js', account);
  const lists = await module(join(from, 'frame/elements/lists.js'), readable, {
    plugins: [importingFrom({ 'countries.js': addressOf('countries.js', countries), 'account.js': accountAddress }), ...withoutPrivate(readable)],
    define: { ACCOUNT_ADDRESS: JSON.stringify(accountAddress), ITEM_STYLES: await styles('frame/elements/styles/items.css') },
  });
  const appearance = await module(join(from, 'frame/ui/appearance.js'), readable);
  const kept = await module(join(from, 'frame/session/kept.js'), readable);
  const speaking = new Map(await Promise.all([...languages].map(async ([language, texts]) => /** @type {const} */ ([language, await module(join(from, 'frame/texts/speaking.js'), readable, { define: { TEXTS: JSON.stringify(byEnglish(texts, OF_OTHERS)) } })]))));
  refuseShortened([account, lists, beside, countries, appearance, kept]);
  const addresses = { 'account.js': accountAddress, 'lists.js': addressOf('lists.js', lists), 'beside.js': addressOf('beside.js', beside), 'countries.js': addressOf('countries.js', countries), 'appearance.js': addressOf('appearance.js', appearance), 'kept.js': addressOf('kept.js', kept) };
  const frame = await module(join(from, 'frame/frame.js'), readable, {
    ...shortened('frame', readable),
    plugins: [importingFrom(addresses), ...withoutPrivate(readable)],
    define: {
      CARD_STYLES: await styles('frame/ui/card.css'),
      ACCOUNT_ADDRESS: JSON.stringify(accountAddress),
      LISTS_ADDRESS: JSON.stringify(addresses['lists.js']),
      APPEARANCE_ADDRESS: JSON.stringify(addresses['appearance.js']),
      COUNTRIES_ADDRESS: JSON.stringify(addresses['countries.js']),
      LANGUAGES: JSON.stringify(Object.fromEntries([...speaking].map(([language, content]) => [language, addressOf(`${language}.js`, content)]))),
    },
  });
  return new Map([
    ['sdk/v1.js', await module(join(from, 'sdk/v1.js'), readable, { ...shortened('sdk', readable), pure: ['Object.freeze'] })],
    ['frame/account.js', account],
    ['frame/lists.js', lists],
    ['frame/beside.js', beside],
    ['frame/countries.js', countries],
    ['frame/appearance.js', appearance],
    ['frame/kept.js', kept],
    ...[...speaking].map(([language, content]) => /** @type {const} */ ([`frame/${language}.js`, content])),
    ['frame/frame.js', frame],
    [DOCUMENT, await document(from, readable, addressOf('frame.js', frame))],
    ...keptReleases(from),
  ]);
}

/** @typedef {Map<string, [english: string, text: string]>} Translated texts by name */

/** Each language but English. @param {string} from @returns {Promise<Map<string, Translated>>} */
async function languagesIn(from) {
  const folder = join(from, 'frame/texts');
  const textsOf = async (/** @type {string} */ language) => textsIn(await import(`data:text/javascript,${encodeURIComponent(readFileSync(join(folder, `${language}.js`), 'utf8'))}`));
  const english = await textsOf('en');
  const codes = filesBelow(folder).flatMap((name) => /^(?!en)([a-z]{2})\.js$/.exec(name)?.[1] ?? []);
  return new Map(await Promise.all(codes.map(async (code) => {
    const texts = await textsOf(code);
    /** @type {Translated} */
    const translated = new Map([...english].map(([name, text]) => [name, [text, texts.get(name) ?? text]]));
    return /** @type {const} */ ([code, translated]);
  })));
}

/** Texts by the English ones. @param {Translated} texts @param {RegExp} names of those */
function byEnglish(texts, names) {
  return Object.fromEntries([...texts].flatMap(([name, translated]) => (names.test(name) ? [translated] : [])));
}

/** Texts of a language by their names, with the group's before a dot. @param {Record<string, string | Record<string, string>>} texts */
export function textsIn(texts) {
  return new Map(Object.entries(texts).flatMap(([group, one]) => (typeof one === 'string' ? [[group, one]] : Object.entries(one).map(([name, text]) => [`${group}.${name}`, text]))));
}

/** Address of a file of the frame: it holds the file's hash, so the bridge says that its content never changes. @param {string} name @param {Uint8Array} content */
function addressOf(name, content) {
  return `/elements/r/${createHash('sha256').update(content).digest('hex').slice(0, 16)}/frame/${name}`;
}

/** Let the frame import the files that it loads later from where they are served. @param {Record<string, string>} addresses @returns {import('esbuild').Plugin} */
function importingFrom(addresses) {
  return { name: 'later', setup: ({ onResolve }) => onResolve({ filter: LATER }, ({ path }) => ({ path: addresses[LATER.exec(path)?.[1] ?? ''] ?? path, external: true })) };
}

/** A file that the frame loads later would look for the long name in vain. @param {Uint8Array[]} later */
function refuseShortened(later) {
  const known = new Set(later.flatMap((content) => textOf(content).match(/\w+/g) ?? []));
  const shared = INTERNAL.frame.trim().split(/\s+/).filter((name) => known.has(name));
  if (shared.length > 0) throw new Error(`not of the frame alone, so not for INTERNAL in static/bundle.js: ${shared.join(', ')}`);
}

/** @param {keyof typeof INTERNAL} file @param {boolean} readable @returns {import('esbuild').BuildOptions} */
function shortened(file, readable) {
  return readable ? {} : { mangleProps: new RegExp(`^(?:_\\d+|${INTERNAL[file].trim().split(/\s+/).join('|')})$`) };
}

/**
 * Make private names plain ones, which the build shortens: Safari before 15 has no private methods. The same few serve every module, the most used
 * one first, as a minifier names them.
 * @param {boolean} readable @returns {import('esbuild').Plugin[]}
 */
function withoutPrivate(readable) {
  const rename = (/** @type {string} */ code) => {
    const uses = /** @type {Map<string, number>} */ (new Map());
    for (const [, , name = ''] of code.matchAll(PRIVATE)) uses.set(name, (uses.get(name) ?? 0) + 1);
    const names = [...uses].sort(([, one], [, other]) => other - one).map(([name]) => name);
    return code.replace(DECLARED, '').replace(PRIVATE, (_, before, name) => `${before}_${names.indexOf(name)}`);
  };
  const setup = (/** @type {import('esbuild').PluginBuild} */ { onLoad }) => onLoad({ filter: /\.js$/ }, ({ path }) => ({ contents: rename(readFileSync(path, 'utf8')), loader: 'js' }));
  return readable ? [] : [{ name: 'private', setup }];
}

/**
 * Bundle a module and its imports. Browsers may compile each function at its first call: told to compile all while they load the file, they are
 * later at the frame's first line than its `init`, which has come by then.
 * @param {string} entry @param {boolean} readable @param {import('esbuild').BuildOptions} [options]
 */
async function module(entry, readable, options) {
  const made = await file({ entryPoints: [entry], format: 'esm', minify: !readable, plugins: withoutPrivate(readable), ...(!readable && { mangleProps: /^_\d+$/ }), ...options });
  return readable ? made : shrunk(made, true);
}

/** What esbuild leaves long, which looks at one statement at a time. @param {Uint8Array} content @param {boolean} module */
async function shrunk(content, module) {
  const { code = '' } = await minify(textOf(content), { module, ecma: 2020, compress: { passes: 2, sequences: false }, mangle: { nth_identifier: { get: nameOf } } });
  return new TextEncoder().encode(code);
}

/** Names in one order: terser's own goes by the letters of all that it minified before, so two builds would differ. @param {number} n @returns {string} */
function nameOf(n) {
  const { length } = LETTERS;
  return (n < length ? '' : nameOf(Math.floor(n / length) - 1)) + LETTERS[n % length];
}

/** The frame's document: styles and first script inside, minified, and the one module that it runs. @param {string} from @param {boolean} readable @param {string} frame */
async function document(from, readable, frame) {
  const html = readFileSync(join(from, DOCUMENT), 'utf8');
  if (![STYLE, FIRST, ENTRY].every((part) => html.includes(part))) throw new Error('frame.html lacks its style sheet or a script');
  const style = await file({ entryPoints: [join(from, 'frame/frame.css')], minify: !readable });
  const first = await file({ entryPoints: [join(from, 'frame/begin.js')], minify: !readable, format: 'iife', pure: ['Object.freeze'], ...shortened('frame', readable) });
  const script = await shrunk(first, false);
  const built = html
    .replace(FIRST, () => `<script>${textOf(readable ? first : script).replace('"use strict";', '')}</script>`) // nothing in it is read otherwise without
    .replace(STYLE, () => `<style id="link-styles">${rulesOf(style)}</style>`)
    .replace(ENTRY, () => `<script type="module" src="${frame}"></script>`)
    .replace(/\n\s+/g, '\n')
    .replace(/>\n</g, '><') // no space between two elements of this document is seen
    .replace(/<\/p>(?=<(?:p|div|form|section)\b|<\/)/g, '') // those end a paragraph by themselves
    .replace(/<\/body><\/html>\s*$/, ''); // what the bridge appends belongs to the body
  return new TextEncoder().encode(built);
}

/** @param {import('esbuild').BuildOptions} options of a build that makes one file */
async function file(options) {
  const { outputFiles } = await build({ absWorkingDir: dirname(HERE), bundle: true, write: false, charset: 'utf8', legalComments: 'none', logLevel: 'error', ...(options.minify && { target: FLOOR, supported: FAULTY }), ...options });
  const [output] = outputFiles ?? [];
  if (output === undefined) throw new Error('esbuild gave no file');
  return output.contents;
}

/** Rules without a space that esbuild leaves before the value of a custom property. @param {Uint8Array} content */
function rulesOf(content) {
  return textOf(content).replace(/(--[\w-]+): /g, '$1:');
}

/** @param {Uint8Array} content */
function textOf(content) {
  return new TextDecoder().decode(content);
}

/** SDK releases that shops have pinned, as they are. @param {string} from @returns {Files} */
function keptReleases(from) {
  const scripts = filesBelow(join(from, 'releases')).filter((path) => path.endsWith('.js'));
  return new Map(scripts.map((path) => [`releases/${path}`, readFileSync(join(from, 'releases', path))]));
}

/** @param {Files} files @returns {Files} the same, and beside each what brotli (`.br`) and gzip (`.gz`) make of it */
export function withCompressed(files) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
  const compressed = [...files].map(([path, content]) => /** @type {const} */ ([
    [path, content],
    // The bridge appends to the document, so that its stream ends with a whole byte and has no last block.
    [`${path}.br`, brotliCompressSync(content, path === DOCUMENT ? { params, finishFlush: constants.BROTLI_OPERATION_FLUSH } : { params })],
    [`${path}.gz`, gzipSync(content, { level: 9 })],
  ]));
  return new Map(compressed.flat());
}

/** @param {string} folder @returns {string[]} paths of the files below it; none if it is not there */
export function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => statSync(join(folder, path)).isFile());
}
