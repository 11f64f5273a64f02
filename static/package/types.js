/**
 * Types of what the package loads and hands over; `tests/package/conformance.js` holds them to the SDK. There is no code here: the SDK is
 * never part of the package.
 */

/** @typedef {'auth' | 'address' | 'payment'} ElementName */
/**
 * Asked for a phone number or an e-mail address, asked for the code, shown what is saved (or why it cannot be), adding or editing, and done: an item
 * is chosen, or in `auth` the customer is signed in. A later release may add one.
 * @typedef {'contact' | 'code' | 'list' | 'form' | 'done'} StepName
 */

/**
 * Payload of each event. None holds a token, a code, a contact or a customer's id.
 * @typedef {object} LinkEvents
 * @property {{ readonly state: 'guest' | 'authenticated' }} initialized
 * @property {Readonly<Record<string, never>>} authenticated
 * @property {{ readonly expires_in: number }} token_refreshed seconds
 * @property {{ readonly height: number }} height_change pixels; the iframe follows by itself
 * @property {Readonly<Record<string, never>>} ready the customer can use what the element shows; told once
 * @property {{ readonly name: StepName }} step what the customer sees now, for a funnel
 * @property {Readonly<Record<string, never>>} dismissed the customer goes on without Link: show your own form; a `step` follows if they come back
 * @property {{ readonly element: ElementName, readonly id: string, readonly label: string }} selected `id` is opaque and for your server, `label` for the customer
 * @property {LinkFailure} error
 * @property {LinkFailure} loaderror follows the `error` that says why the element did not load, or cannot run in this page: show your own form
 * @property {Readonly<Record<string, never>>} logout_complete
 */

/**
 * @typedef {object} LinkFailure
 * @property {string} code of the table in the integration guide
 * @property {boolean} retryable whether the element comes back by itself, or a later try can help
 * @property {string} message for developers
 * @property {string} [request_id] names the call that was refused in our logs: quote it in a report
 */

/**
 * Look of the element. What is invalid is dropped, and a colour that would make text unreadable is replaced.
 * @typedef {object} Appearance
 * @property {'auto' | 'light' | 'dark'} [theme] the device's own by default
 * @property {Partial<Record<'colorPrimary' | 'primaryColor' | 'colorBackground' | 'colorText' | 'colorDanger' | 'borderRadius' | 'fontSize' | 'fontFamily', string>>} [variables]
 * colours as `#rgb` or `#rrggbb`, lengths in `px`, `rem` or `em`
 */

/** The customer's `lnk_…`, if your page holds one, or a function that returns it (or nothing, for a guest) at each handshake. @typedef {string | null | (() => string | null | undefined | Promise<string | null | undefined>)} LinkToken */

/**
 * @typedef {object} MountOptions
 * @property {string} businessId your `bus_…`
 * @property {ElementName} element
 * @property {HTMLElement | string} target an element of this page or a selector; the iframe is appended to it
 * @property {LinkToken} [linkToken]
 * @property {Appearance} [appearance]
 * @property {string} [locale] language tag, such as `fr-CI`, of texts and countries; `''`, as none, is the browser's
 */

/** @typedef {() => void} Unlisten removes the listener */
/**
 * One signature for each event, and one for code that listens to several.
 * @typedef {{
 *   (type: 'initialized', listener: (event: LinkEvents['initialized']) => void): Unlisten;
 *   (type: 'ready', listener: (event: LinkEvents['ready']) => void): Unlisten;
 *   (type: 'authenticated', listener: (event: LinkEvents['authenticated']) => void): Unlisten;
 *   (type: 'step', listener: (event: LinkEvents['step']) => void): Unlisten;
 *   (type: 'selected', listener: (event: LinkEvents['selected']) => void): Unlisten;
 *   (type: 'dismissed', listener: (event: LinkEvents['dismissed']) => void): Unlisten;
 *   (type: 'error', listener: (event: LinkEvents['error']) => void): Unlisten;
 *   (type: 'loaderror', listener: (event: LinkEvents['loaderror']) => void): Unlisten;
 *   (type: 'logout_complete', listener: (event: LinkEvents['logout_complete']) => void): Unlisten;
 *   (type: 'token_refreshed', listener: (event: LinkEvents['token_refreshed']) => void): Unlisten;
 *   (type: 'height_change', listener: (event: LinkEvents['height_change']) => void): Unlisten;
 *   <T extends keyof LinkEvents>(type: T, listener: (event: LinkEvents[T]) => void): Unlisten;
 * }} Listen
 */

/**
 * A mounted element.
 * @typedef {object} LinkHandle
 * @property {'connecting' | 'guest' | 'authenticated' | 'ended' | 'failed' | 'destroyed'} state
 * @property {Promise<{ readonly state: string }>} ready rejects at the first failure
 * @property {Listen} on returns a function that removes the listener
 * @property {() => Promise<{ expires_in: number }>} refresh
 * @property {() => Promise<{}>} logout
 * @property {(changed: { appearance?: Appearance, locale?: string }) => void} update what is not named stays as it is
 * @property {() => void} destroy
 */

/**
 * The SDK.
 * @typedef {object} Link
 * @property {(options: MountOptions) => LinkHandle} mount throws a TypeError for invalid options; every later failure is an `error` event
 * @property {(of?: { businessId?: string }) => Promise<void>} logout ends every sign-in that this page has with us, also where no element is left; with a business, also what its reloads keep, on a page without elements
 */

export {};
