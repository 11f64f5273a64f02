/**
 * Types of what the package loads and hands over; `tests/package/conformance.js` holds them to the SDK. There is no code here: the SDK is
 * never part of the package.
 */

/** @typedef {'auth' | 'address' | 'payment'} ElementName */

/**
 * Payload of each event. None holds a token, a code, a contact or a customer's id.
 * @typedef {object} LinkEvents
 * @property {{ readonly state: 'guest' | 'authenticated' }} initialized
 * @property {Readonly<Record<string, never>>} authenticated
 * @property {{ readonly expires_in: number }} token_refreshed seconds
 * @property {{ readonly height: number }} height_change pixels; the iframe follows by itself
 * @property {{ readonly element: ElementName, readonly id: string, readonly label: string }} selected `id` is opaque and for your server, `label` for the customer
 * @property {LinkFailure} error
 * @property {Readonly<Record<string, never>>} logout_complete
 */

/**
 * @typedef {object} LinkFailure
 * @property {string} code of the table in the integration guide
 * @property {boolean} retryable whether the element comes back by itself, or a later try can help
 * @property {string} message for developers
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
 */

/**
 * A mounted element.
 * @typedef {object} LinkHandle
 * @property {'connecting' | 'guest' | 'authenticated' | 'ended' | 'failed' | 'destroyed'} state
 * @property {Promise<{ readonly state: string }>} ready rejects at the first failure
 * @property {<T extends keyof LinkEvents>(type: T, listener: (payload: LinkEvents[T]) => void) => () => void} on returns a function that removes the listener
 * @property {() => Promise<{ expires_in: number }>} refresh
 * @property {() => Promise<{}>} logout
 * @property {(changed: { appearance?: Appearance }) => void} update
 * @property {() => void} destroy
 */

/**
 * The SDK.
 * @typedef {object} Link
 * @property {(options: MountOptions) => LinkHandle} mount throws a TypeError for invalid options; every later failure is an `error` event
 * @property {() => Promise<void>} logout ends every sign-in that this page has with us, also where no element is left
 */

export {};
