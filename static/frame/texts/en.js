/**
 * Every text that the customer reads in the frame, in English. The other files of this folder hold the same names in other languages: docs/languages.md.
 * Where two names have the same English text, they have the same text in every language. Names of functions, codes and reasons are those of the API.
 */

/** Of the texts, as the document's `lang` and `dir`. */
export const LANGUAGE = 'en';
export const DIRECTION = 'ltr';

/** The customer's next step, wherever Link stops. */
export const BY_FORM = 'You can fill in the shop’s form instead.';

/** What stands in `frame.html`. */
export const DOCUMENT = {
  maker: 'by Cimplify',
  connecting: 'Connecting…',
  contact: 'Phone number or e-mail',
  sendCode: 'Send code',
  haveCode: 'I have a code',
  codeSentTo: 'Enter the 6-digit code sent to',
  change: 'Change',
  code: 'Code',
  verify: 'Continue',
  sendAgain: 'Send code again',
  goBack: 'Go back',
  notYou: 'Not you?',
  signOut: 'Sign out',
  loading: 'Loading…',
  tryAgain: 'Try again',
};
export const GO_ON = 'Go on without Link';

/** What each element shows: in its heading, and in the sentence that says what Link is for, on one line at 320 px. @type {Record<import('../../sdk/wire.js').ElementName, string>} */
export const THINGS = { auth: 'your details', address: 'your addresses', payment: 'your wallets' };
export const HEADING = 'Link by Cimplify: {things}';
export const LEAD = 'Find {things} in every shop.';

export const NO_CONNECTION = 'We cannot reach Link right now. Check your connection and try again.';
export const FALLBACK = 'Something went wrong. Please try again.';

/** Without a prototype: an error of any name may be looked up. @type {Record<string, string>} */
export const PROBLEMS = {
  __proto__: /** @type {any} */ (null),
  OFFLINE: 'You seem to be offline. Check your connection and try again.',
  NETWORK: NO_CONNECTION,
  UPSTREAM_UNAVAILABLE: NO_CONNECTION,
  STORE_UNAVAILABLE: NO_CONNECTION,
  OTP_INVALID: 'That code is not right. Check it and try again.',
  OTP_EXPIRED: 'That code was used or is too old. Ask for another.',
  OTP_ATTEMPTS_EXCEEDED: 'Too many wrong tries. Ask for a code again; it may be the same one.',
  COUNTRY_NOT_SUPPORTED: 'Numbers of this country cannot be used here. Enter an e-mail address.',
  VALIDATION_ERROR: 'Check what you typed and try again.',
  RESERVED_CONTACT: 'This contact is for tests only. Enter another.',
  // What is wrong with a number, as the API says in `details.reasons`, and what to do about it.
  too_short: 'This number is too short. Enter all its digits, with the area code.',
  too_long: 'This number is too long. Check its digits and its country.',
  not_mobile: 'This is not a mobile number. Enter another.',
  unknown_country: 'No country has this code. Check the digits after the +.',
  unknown_range: 'This is not a valid number. Check its digits.',
  country_not_served: 'Numbers of this country cannot be used here. Enter another.',
  not_shown: 'Is this the right number and country? Then press again.',
};
export const TOO_MANY_TRIES = 'Too many tries.';
export const TRY_LATER = 'Try again later.';
export const TRY_IN = 'Try again in {time}.';
export const CANNOT_LOAD = 'We cannot load {things} right now.';

/** Why the element stopped; `BY_FORM` follows. @type {Record<string, string>} */
export const STOPPED = {
  __proto__: /** @type {any} */ (null),
  insecure_context: 'Link needs a secure connection (https).',
  unsupported_browser: 'Link needs a newer browser.',
  disconnected: 'Link is not connected to this shop.',
  network: 'We cannot reach Link right now.',
  slow: 'Link is slow, but still loading.',
  offline: 'You seem to be offline. Link goes on once you are back.',
  rate_limited: 'Link is busy. Try again in a moment.',
  signed_out: 'You are signed out of Link.',
  session_expired: 'Your Link session is over.',
  session_revoked: 'Your Link session was ended.',
};
/** Where the form would be no help. @type {Record<string, string>} */
export const STOPPED_ALONE = {
  __proto__: /** @type {any} */ (null),
  top_level: 'This page works inside a shop’s checkout.',
  dismissed: 'You go on without Link.',
};
export const UNAVAILABLE = 'Link is not available in this shop.';
export const USE_LINK = 'Use Link';
export const SIGN_IN = 'Sign in';
export const START_AGAIN = 'Start again';

export const ENTER_CONTACT = 'Enter a phone number or e-mail.';
export const CHOOSE_COUNTRY = 'Choose the country of this number, or begin it with +.';
export const ENTER_CODE = 'Enter the code sent to {contact}.';
export const CODE_FILLED_IN = 'The code from your messages is filled in.';
export const BAD_CODE = 'Enter the 6 digits of the code.';
export const ASK_LATER = 'Another code cannot be sent yet. If you have one, enter it.';
export const SENT_AGAIN = 'The code was sent again.';
export const WAIT = 'in {time}';
/** @type {Record<string, string>} */
export const OTHER_WAYS = { __proto__: /** @type {any} */ (null), sms: 'Send it by SMS', whatsapp: 'Send it by WhatsApp', voice: 'Call me with it', email: 'Send it by e-mail' };
export const ANOTHER_WAY = 'Send it another way';
/** What a button says while it works, by its id. @type {Record<string, string>} */
export const AT_WORK = { 'request-code': 'Sending…', 'verify-code': 'Checking…', resend: 'Sending…', 'other-way': 'Sending…', 'sign-out': 'Signing out…' };

export const SIGNED_IN = 'Signed in: {owner}';
export const SIGNED_IN_BY_SHOP = 'Signed in through this shop';
export const SIGN_OUT_FAILED = 'We could not sign you out. Check your connection and try again.';

export const COUNTRY = 'Country';
export const COUNTRY_IS = 'Country: {name}';
/** Between the countries that a number may be of. */
export const OR = ' or ';

/** In place of a sign-in that another element of the page shows. @type {Record<string, string>} */
export const ELSEWHERE = { auth: 'You sign in once for this whole page.', address: 'Saved addresses appear here once you sign in.', payment: 'Saved wallets appear here once you sign in.' };
export const SIGN_IN_HERE = 'Sign in here';

/** The picker of a country; `one` and `other` as `Intl.PluralRules` has them. */
export const PICKER = {
  label: 'Countries',
  search: 'Search by name or code',
  none: 'No country of that name or code.',
  one: '{count} country',
  other: '{count} countries',
};

/** @type {import('../elements/item.js').ItemTexts} */
export const ADDRESS = {
  legend: 'Deliver to',
  empty: 'You have no saved addresses yet.',
  why: 'Save one now, and it is ready in every shop with Link: nothing to type again.',
  add: 'Add an address',
  save: 'Save address',
  use: 'Use this address',
  chosen: 'Chosen address',
  stepUp: 'Before your addresses can be changed, prove by a code that you are',
  gone: 'That address is no longer saved.',
  conflict: 'That address changed meanwhile. Look at it again.',
  full: 'You can save {limit} addresses. Remove one first.',
};
export const ADDRESS_FIELDS = {
  street: 'Street address',
  apartment: 'Apartment or floor',
  city: 'City',
  phone: 'Phone for delivery',
  phoneHint: 'For the courier to call.',
  instructions: 'Delivery instructions',
  instructionsHint: 'What helps to find you, such as a landmark or a gate.',
  labelHint: 'Or a name of your own. Without one, it is called by its city.',
  home: 'Home',
  work: 'Work',
  noCountry: 'Enter the country.',
  noStreet: 'Enter the street address.',
  noCity: 'Enter the city.',
  noPhone: 'Enter a phone number, such as 024 123 4567.',
};
/** What a region is called, by its kind, and what to do where it is empty. */
export const REGIONS = { region: 'Region', county: 'County', department: 'Department', district: 'District', province: 'Province', state: 'State' };
export const NO_REGION = { region: 'Enter the region.', county: 'Enter the county.', department: 'Enter the department.', district: 'Enter the district.', province: 'Enter the province.', state: 'Enter the state.' };
export const EDIT_ADDRESS = 'Edit {title}';
export const SAVED_ADDRESS = 'Saved address';
export const PHONE_IS = 'Phone {phone}';
export const INSTRUCTIONS_ARE = 'Instructions: {instructions}';

/** @type {import('../elements/item.js').ItemTexts} */
export const WALLET = {
  legend: 'Pay with',
  empty: 'You have no saved wallets yet.',
  why: 'Save one now, and pay with it in every shop with Link: no number to type again.',
  add: 'Add a wallet',
  save: 'Save wallet',
  use: 'Use this wallet',
  chosen: 'Chosen wallet',
  stepUp: 'This shop signed you in. Before your wallets can be changed, prove by a code that you are',
  gone: 'That wallet is no longer saved.',
  conflict: 'You have saved this wallet already.',
  full: 'You can save {limit} wallets. Remove one first.',
};
export const WALLET_FIELDS = {
  number: 'Wallet number',
  provider: 'Provider',
  chooseOne: 'Choose one',
  found: 'Found by the number. Change it if the number moved to another.',
  labelHint: 'Such as Mine or Business.',
  noNumber: 'Enter the wallet number.',
  noProvider: 'Choose the provider of this wallet.',
  noCountry: 'Enter the wallet’s phone number, with its country chosen.',
};
/** In place of a provider's name that is not known. */
export const A_WALLET = 'Wallet';
export const THE_PROVIDER = 'the provider';
export const VERIFYING = 'Asks {provider} if this number has a wallet; no money moves.';

export const SAVE_AS = 'Save as';
export const OPTIONAL = ' (optional)';
export const SUGGESTIONS = 'Suggestions, or another name';
export const DEFAULT = 'Default';
export const VERIFIED = 'Verified';
/** Buttons of saved items, and what they are called with the item that they concern. */
export const BUTTONS = {
  change: 'Change',
  edit: 'Edit',
  verify: 'Verify',
  makeDefault: 'Make default',
  remove: 'Remove',
  keep: 'Keep',
  cancel: 'Cancel',
  showAll: 'Show all',
  showLess: 'Show less',
};
export const BUTTON_OF = '{button}: {title}';
export const CHANGE_CHOSEN = 'Change: {chosen}, {title}';
export const SHOW_ALL_OF = 'Show all {count}';
export const REMOVE_THIS = 'Remove {title}?';
export const REMOVE_FOR_GOOD = 'Remove {title} for good';
export const KEEP_THIS = 'Keep {title}';

export const SAVING = 'Saving…';
export const REMOVING = 'Removing…';
export const CHOSEN_IS = '{chosen}: {title}.';
export const DONE = {
  saved: 'Saved.',
  isDefault: 'This is the default now.',
  verified: '{title} is verified.',
  removed: '{title} was removed.',
};
export const NOT_REMOVED = '{title} was not removed. Check your connection and try again.';
export const MAY_BE_SAVED = 'It may have been saved all the same: save it again as it is, or cancel to see.';
export const MAY_BE_DONE = 'It may have been done all the same.';
export const TYPE_AGAIN = 'Type this again, in plain letters and digits.';
export const NO_SUCH_WALLET = 'The provider knows no wallet {title}. Check the number: you can remove this wallet and add the right one.';
export const NOT_VERIFIED_NOW = 'Wallets cannot be verified right now. This one stays saved.';
export const NOT_HERE = 'This shop’s checkout may not change that.';

/** The customer's contacts and account: what begins with `ACCOUNT` comes with their code, in every language. */
export const ACCOUNT = {
  title: 'Contacts and account',
  phone: 'Phone',
  email: 'E-mail',
  leaves: 'Goes on {day}. Whoever signs in with it before then keeps it.',
  only: 'This is your only way in. With a second contact you keep your account if you lose this one.',
  add: 'Add a contact',
  former: 'Find an earlier account', export: 'Get your data',
  close: 'Close account',
  closing: 'Closing…',
  loading: 'Loading…',
  back: 'Go back',
  stepUp: 'Before you change your contacts or your account, prove by a code that you are',
};
/** Codes that are asked for a purpose, as at the sign-in. */
export const ACCOUNT_CODES = {
  sendCode: 'Send code', sending: 'Sending…', sendAgain: 'Send code again',
  codeSentTo: 'Enter the 6-digit code sent to', code: 'Code', verify: 'Continue', checking: 'Checking…',
};
/** What is said before a code goes out. */
export const ACCOUNT_ASKING = {
  to: 'Send the code to',
  add: 'First a code shows that this account is yours. Then you add the new contact.',
  newContact: 'We send a second code to the new contact.', other: 'Its other phone number or e-mail',
  former: 'Was there an account with your number before? Another contact of it brings it back.',
  formerContact: 'Enter another contact of that account. We send a second code there; if the account is back, you sign in again, without what you saved since.',
  contact: 'New phone number or e-mail',
  remove: 'You can no longer sign in with it. Your other contacts get a message.',
  atOnce: 'With a code to the contact itself, it goes at once.',
  later: 'With a code to another contact, it goes after 7 days. A sign-in with it before then keeps it.',
  closeTitle: 'Close your Link account?',
  closeGoes: 'Your saved addresses, wallets, contacts and settings are deleted, and you are signed out in every shop.',
  closeStays: 'Your orders stay with the shops where you placed them, but nothing here leads to you any more.',
  closeEnds: 'This cannot be undone. Whoever signs in with your contacts later begins anew.',
  export: 'You get all that Link keeps about you: contacts, addresses, wallets, settings, orders and sessions. Whoever has it can read it.',
};
export const ACCOUNT_DONE = {
  added: '{contact} was added.', leaves: '{contact} goes on {day}.',
  former: 'If that contact has an account with your number, sign in again: it is back.', closed: 'Your Link account is closed.',
  saved: 'Your browser has been given the file.',
  copied: 'The text is copied.', selected: 'The text is selected. Copy it.',
};
export const ACCOUNT_PROBLEMS = {
  taken: 'This contact belongs to another Link account. Add a different one.',
  last: 'This is your only contact. Add another one first.',
  full: 'You can have {count} contacts. Remove one first.',
  gone: 'That contact is no longer yours.',
  tooLate: 'That took too long. Ask for a new code.',
};
export const ACCOUNT_WAIT = 'Another code can be sent in {time}.';
export const ACCOUNT_EXPORT = {
  ready: 'Save it as a file. If your browser saves none here, copy the text.',
  save: 'Save file',
  copy: 'Copy text',
  text: 'Your data',
};
/** Of a second contact, after the first saved item. */
export const OFFER = {
  why: 'Phone numbers can get a new owner. With a second contact, what you saved stays yours.',
  add: 'Add a contact',
  no: 'No, thanks',
  failed: 'That could not be loaded. Check your connection and try again.',
};
