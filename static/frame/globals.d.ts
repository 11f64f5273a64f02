/** What the build makes of `ui/card.css`. */
declare const CARD_STYLES: string;
/** Where `elements/lists.js` is served. */
declare const LISTS_ADDRESS: string;
/** Where each language but English is served: its texts, and `texts/speaking.js`. */
declare const LANGUAGES: Readonly<Record<string, string>>;
/** Texts of a language by the English ones, in the file of that language. */
declare const TEXTS: Readonly<Record<string, string>>;
/** Where `account/account.js` is served. */
declare const ACCOUNT_ADDRESS: string;
/** Texts of the account by the English ones, by language. */
declare const ACCOUNT_TEXTS: Readonly<Record<string, Readonly<Record<string, string>>>>;
/** What the build makes of `account/account.css`. */
declare const ACCOUNT_STYLES: string;
/** Where `ui/appearance.js` is served. */
declare const APPEARANCE_ADDRESS: string;
/** Where `phone/countries.js` is served. */
declare const COUNTRIES_ADDRESS: string;
/** What the build makes of `phone/picker.css`. */
declare const PICKER_STYLES: string;
/** What the build makes of `elements/styles/items.css`. */
declare const ITEM_STYLES: string;
/** What the build makes of `beside/beside.css`. */
declare const BESIDE_STYLES: string;

interface Window {
  /** What `begin.js` hands over to `frame.js`. */
  begun?: import('./protocol/beginning.js').Begun;
}
/*
 * Each file of the frame has modules of its own, so what they share stands here.
 */
/** Texts of the customer's language by the English ones; undefined for English. */
declare var linkTexts: Readonly<Record<string, string>> | undefined;
/** Language of the countries' names, where the shop chose one without texts. */
declare var linkLocale: string | undefined;
