/** Picker of a country: an editable combobox with its list below it (WAI-ARIA Authoring Practices), in the flow of the card, since nothing can stand out of an iframe. */

import { LANGUAGE, PICKER } from '../texts/en.js';
import { fill, translate } from '../texts/translate.js';
import { node } from '../ui/dom.js';
import { addStyles } from '../ui/styles.js';
import { countryName, nameLanguage } from './country-name.js';
import { keepInSight } from './in-sight.js';

/** Names that people type and browsers do not show. @type {Readonly<Record<string, string>>} */
const OTHER_NAMES = Object.freeze({
  AE: 'UAE', CD: 'DRC Zaire Democratic Republic', CG: 'Brazzaville Republic', CI: 'Ivory Coast divoire', CV: 'Cape Verde Cabo', CZ: 'Czech Republic',
  GB: 'UK England Scotland Wales Great Britain', MM: 'Burma', NL: 'Holland', RU: 'Russian Federation', SZ: 'Swaziland', TL: 'East Timor', TR: 'Turkey', US: 'USA America', VA: 'Vatican',
});
/** Words that a name may do without, in either language. */
const SMALL_WORDS = ['and', 'of', 'the', 'et', 'de', 'des', 'du', 'la', 'le', 'les'];
const STEPS = /** @type {const} */ ({ ArrowDown: 1, ArrowUp: -1 });

/** @typedef {import('./phones.js').Country} Country */
/** @typedef {{ country: Country, name: string, words: string, option: HTMLElement }} Entry `words` are what a search begins with */

let hasStyles = false;

/**
 * @param {readonly Country[]} countries @param {import('./phone-field.js').PhoneParts} parts @param {{ country: Country | null }} phones where the choice is kept
 * @param {() => void} onClose
 * @returns {() => void} closes the picker
 */
export function openPicker(countries, { button, input, panel }, phones, onClose) {
  if (!hasStyles) addStyles(document, PICKER_STYLES);
  hasStyles = true;
  const entries = entriesOf(countries);
  const list = node('ul', { id: 'country-list', role: 'listbox', tabindex: '-1', 'aria-label': translate(PICKER.label), lang: nameLanguage() });
  const search = node('input', {
    id: 'country-search', type: 'text', role: 'combobox', 'aria-expanded': 'true', 'aria-autocomplete': 'list', 'aria-controls': 'country-list',
    autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', maxlength: '40', enterkeyhint: 'done',
  });
  const found = node('p', { class: 'quiet', role: 'status' });
  /** @type {Entry[]} */
  let shown = [];
  /** @type {Entry | undefined} */
  let active;
  const open = new AbortController();

  const close = () => {
    open.abort();
    document.removeEventListener('click', close);
    button.setAttribute('aria-expanded', 'false');
    panel.replaceChildren();
    onClose();
  };
  const pick = (/** @type {Country} */ country) => {
    phones.country = country;
    close();
    input.focus();
  };
  const activate = (/** @type {Entry | undefined} */ entry) => {
    active?.option.setAttribute('aria-selected', 'false');
    active = entry;
    search.setAttribute('aria-activedescendant', entry?.option.id ?? '');
    if (entry === undefined) return;
    entry.option.setAttribute('aria-selected', 'true');
    const { offsetTop, offsetHeight } = entry.option;
    if (offsetTop < list.scrollTop) list.scrollTop = offsetTop; // `scrollIntoView` could move the shop's page
    else if (offsetTop + offsetHeight > list.scrollTop + list.clientHeight) list.scrollTop = offsetTop + offsetHeight - list.clientHeight;
  };
  const filter = () => {
    shown = matchesOf(entries, search.value);
    list.replaceChildren(...shown.map(({ option }) => option));
    found.textContent = search.value.trim() === '' ? '' : countText(shown.length);
    activate(search.value.trim() === '' ? (shown.find(({ country }) => country.region === phones.country?.region) ?? shown[0]) : shown[0]);
  };

  search.addEventListener('input', filter);
  search.addEventListener('keydown', (event) => {
    if (event.isComposing) return;
    const { key } = event;
    if (key === 'ArrowDown' || key === 'ArrowUp') activate(shown[(shown.findIndex((entry) => entry === active) + STEPS[key] + shown.length) % shown.length]);
    else if (key === 'Enter') { if (active !== undefined) pick(active.country); }
    else if (key === 'Escape') {
      close();
      button.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation(); // Enter would send the form around it, and Escape would leave it
  });
  list.addEventListener('mousedown', (event) => event.preventDefault()); // the focus stays in the field
  list.addEventListener('click', ({ target }) => {
    const entry = shown.find(({ option }) => target instanceof Node && option.contains(target));
    if (entry !== undefined) pick(entry.country);
  });
  search.addEventListener('focusout', ({ relatedTarget }) => {
    const isOpener = relatedTarget instanceof Element && relatedTarget.getAttribute('aria-expanded') === 'true'; // its click closes
    if (!(relatedTarget instanceof Element) || relatedTarget === list || isOpener) return;
    if (!relatedTarget.matches(':active')) close();
    else document.addEventListener('click', close, { once: true }); // until then it stands: what is pressed would move away from under the finger
  });

  const picker = node('div', { class: 'picker' }, node('label', { for: 'country-search' }, translate(PICKER.search)), search, found, list);
  panel.replaceChildren(picker);
  button.setAttribute('aria-expanded', 'true');
  filter();
  list.scrollTop += list.clientHeight / 2; // the chosen country was shown at the end
  search.focus();
  void keepInSight(picker, open.signal).then((isLower) => isLower && activate(active));
  return close;
}

/** @param {readonly Country[]} countries @returns {Entry[]} by name */
function entriesOf(countries) {
  const [own, english] = [namesIn(navigator.languages), namesIn(['en'])];
  return countries.map((country) => {
    const { region, code } = country;
    const name = countryName(region);
    const others = `${own?.of(region) ?? ''} ${english?.of(region) ?? ''} ${name.startsWith('St. ') ? 'Saint' : ''} ${OTHER_NAMES[region] ?? ''}`;
    const option = node('li', { id: `country-${region}`, role: 'option', 'aria-selected': 'false' }, node('span', {}, name), ' ', node('span', { class: 'quiet' }, `+${code}`));
    return { country, name, words: ` ${folded(`${name} ${others}`)} ${region.toLowerCase()} ${code} +${code}`, option };
  }).sort((a, b) => a.name.localeCompare(b.name, nameLanguage()));
}

/** Names that people may search by too: in the customer's own language, and the English ones where the shop's are shown. @param {readonly string[]} languages @returns {Intl.DisplayNames | null} */
function namesIn(languages) {
  try {
    return new Intl.DisplayNames([...languages], { type: 'region' });
  } catch {
    return null; // an old browser, or the name of a language that is none
  }
}

/** Entries that have every word of the search at the beginning of one of theirs; those whose name begins with it come first. @param {Entry[]} entries @param {string} typed */
function matchesOf(entries, typed) {
  const words = folded(typed).split(' ').filter(Boolean);
  const isSmall = (/** @type {string} */ word) => SMALL_WORDS.some((small) => (words.length > 1 ? small.startsWith(word) : small === word)); // also before it is finished
  const matches = entries.filter((entry) => words.every((word) => entry.words.includes(` ${word}`) || isSmall(word)));
  const isFirst = (/** @type {Entry} */ entry) => Number(entry.words.startsWith(` ${words.join(' ')}`));
  return words.length === 0 ? matches : matches.sort((a, b) => isFirst(b) - isFirst(a));
}

/** Without accents, apostrophes and hyphens, as people type on a phone. @param {string} text */
function folded(text) {
  return text.normalize('NFD').replace(/\p{M}/gu, '').replace(/['’.]/g, ' ').replace(/[\s&()-]+/g, ' ').trim().toLowerCase();
}

/** @param {number} count */
function countText(count) {
  if (count === 0) return translate(PICKER.none);
  const form = new Intl.PluralRules(translate(LANGUAGE)).select(count);
  return fill(form === 'one' ? PICKER.one : PICKER.other, count.toLocaleString(translate(LANGUAGE)));
}
