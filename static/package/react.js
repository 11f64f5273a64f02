'use client';
/** Link Elements as React components. On a server each is an empty `<div>`, and nothing is loaded before the first effect in a page. */

import { createContext, createElement, useCallback, useContext, useEffect, useMemo, useRef, useState } from 'react';
import { loadLink } from './index.js';

/** @typedef {import('./index.js').Link} Link */
/** @typedef {import('./index.js').LinkEvents} LinkEvents */
/** @typedef {import('./index.js').LinkHandle} LinkHandle */
/** @typedef {import('./index.js').LinkLoadError} LinkLoadError */
/** @typedef {import('./index.js').Appearance} Appearance */
/** @typedef {import('./index.js').LinkToken} LinkToken */
/** @typedef {import('react').ReactElement} ReactElement */
/** @typedef {'loading' | 'ready' | 'unavailable'} LinkState */
/**
 * @typedef {object} LinkProviderProps
 * @property {string} businessId your `bus_…`
 * @property {LinkToken} [linkToken] a function is called at each handshake, and may be a new one at each render; another text mounts the elements anew
 * @property {Appearance} [appearance] changes at run time
 * @property {string} [locale] language tag; changes at run time
 * @property {string} [origin] where Link is served
 * @property {number} [timeoutMs] of the load; 10 000 by default
 * @property {(error: LinkLoadError | TypeError) => void} [onUnavailable] Link did not load, or refused what it was given: show your own form
 * @property {import('react').ReactNode} [children]
 */
/** @typedef {Omit<import('react').HTMLAttributes<HTMLDivElement>, 'children' | 'dangerouslySetInnerHTML' | 'onError'>} Div attributes of the `<div>` around the iframe */
/**
 * What every element tells. Handlers may be new ones at each render.
 * @typedef {object} EventProps
 * @property {(event: LinkEvents['initialized']) => void} [onInitialized]
 * @property {(event: LinkEvents['authenticated']) => void} [onAuthenticated]
 * @property {(event: LinkEvents['token_refreshed']) => void} [onTokenRefreshed]
 * @property {(event: LinkEvents['height_change']) => void} [onHeightChange]
 * @property {(event: LinkEvents['ready']) => void} [onReady] the customer can use what the element shows; called once
 * @property {(event: LinkEvents['step']) => void} [onStep] for a funnel
 * @property {(event: LinkEvents['dismissed']) => void} [onDismissed] the customer goes on without Link
 * @property {(event: LinkEvents['error']) => void} [onError]
 * @property {(event: LinkEvents['loaderror']) => void} [onLoadError] follows the `error` that says why the element did not load
 * @property {(event: LinkEvents['logout_complete']) => void} [onLogoutComplete]
 */
/** @typedef {{ onSelected?: (event: LinkEvents['selected']) => void }} SelectedProp the customer chose an address or a wallet */
/** @typedef {Div & EventProps} AuthElementProps */
/** @typedef {Div & EventProps & SelectedProp} AddressElementProps */
/** @typedef {Div & EventProps & SelectedProp} PaymentElementProps */
/**
 * @typedef {object} Shared what the provider hands to its elements
 * @property {LinkState} state
 * @property {Link | null} link
 * @property {string} businessId
 * @property {Appearance} appearance
 * @property {string | undefined} locale
 * @property {string} look appearance and locale as text, to see a change of them
 * @property {string | null} token the Link token as far as it is a text
 * @property {{ current: LinkProviderProps }} props of the newest render
 * @property {(error: TypeError) => void} refuse
 */

/** Event of each handler. @type {Readonly<Record<keyof (EventProps & SelectedProp), keyof LinkEvents>>} */
const EVENTS = Object.freeze({
  onInitialized: 'initialized',
  onAuthenticated: 'authenticated',
  onTokenRefreshed: 'token_refreshed',
  onHeightChange: 'height_change',
  onSelected: 'selected',
  onReady: 'ready',
  onStep: 'step',
  onDismissed: 'dismissed',
  onError: 'error',
  onLoadError: 'loaderror',
  onLogoutComplete: 'logout_complete',
});
const HANDLERS = /** @type {(keyof typeof EVENTS)[]} */ (Object.keys(EVENTS));
/** @type {Appearance} */
const PLAIN = Object.freeze({});
/** @typedef {{ readonly state: LinkState, readonly link: Link | null }} Loaded */
/** @type {Loaded} */
const LOADING = Object.freeze({ state: 'loading', link: null });
/** @type {Loaded} */
const UNAVAILABLE = Object.freeze({ state: 'unavailable', link: null });

const Context = createContext(/** @type {Shared | null} */ (null));

/** Loads Link for the elements inside. @param {LinkProviderProps} props @returns {ReactElement} */
export function LinkProvider(props) {
  const { businessId, linkToken, appearance = PLAIN, locale, origin, timeoutMs, children } = props;
  const newest = useNewest(props);
  const loaded = useLoaded(origin, timeoutMs, newest);
  const look = lookOf(appearance, locale);
  const use = `${businessId} ${look}`;
  const [refused, refuse] = useRefused(newest);
  const { state, link } = refused === use ? UNAVAILABLE : loaded;
  const token = typeof linkToken === 'string' ? linkToken : null;
  const shared = useMemo(
    () => ({ state, link, businessId, appearance, locale, look, token, props: newest, refuse: (/** @type {TypeError} */ error) => refuse(use, error) }),
    [state, link, businessId, look, token, newest, use, refuse], // not `appearance`: written out anew at each render, it says the same
  );
  return createElement(Context.Provider, { value: shared }, children);
}

/** @param {string | undefined} origin @param {number | undefined} timeoutMs @param {{ current: LinkProviderProps }} props */
function useLoaded(origin, timeoutMs, props) {
  const [loaded, setLoaded] = useState(/** @type {Loaded} */ (LOADING));
  useEffect(() => {
    let isOver = false;
    const fail = (/** @type {LinkLoadError} */ error) => {
      setLoaded(UNAVAILABLE);
      props.current.onUnavailable?.(error);
    };
    setLoaded(LOADING);
    loadLink({ origin, timeoutMs }).then(
      (link) => isOver || setLoaded({ state: 'ready', link }),
      (error) => isOver || fail(error),
    );
    return () => {
      isOver = true;
    };
  }, [origin, timeoutMs, props]);
  return loaded;
}

/**
 * What `mount` refused, told once, for several elements may be refused for the same mistake. An exception in an effect would take the shop's whole
 * page down, so it goes to the console and to `onUnavailable`.
 * @param {{ current: LinkProviderProps }} props
 * @returns {[refused: string | null, refuse: (use: string, error: TypeError) => void]}
 */
function useRefused(props) {
  const [refused, setRefused] = useState(/** @type {string | null} */ (null));
  const told = useRef(/** @type {string | null} */ (null));
  const refuse = useCallback((/** @type {string} */ use, /** @type {TypeError} */ error) => {
    if (told.current === use) return;
    told.current = use;
    setRefused(use);
    console.error(error);
    props.current.onUnavailable?.(error);
  }, [props]);
  return [refused, refuse];
}

/** Appearance and locale as text, to see a change of them; `mount` refuses what cannot be one. @param {Appearance} appearance @param {string | undefined} locale */
function lookOf(appearance, locale) {
  try {
    return JSON.stringify([appearance, locale]);
  } catch {
    return '';
  }
}

/**
 * State of Link in this page, and the sign-out for when your own customer signs out, on a page without elements too.
 * @returns {{ state: LinkState, logout: () => Promise<void> }} `logout` waits until Link is there, and rejects where it does not load: a reload may keep
 * the customer still
 */
export function useLink() {
  const { state, businessId, props } = useShared();
  const logout = useCallback(async () => {
    const { origin, timeoutMs } = props.current;
    const link = await loadLink({ origin, timeoutMs });
    await link?.logout({ businessId });
  }, [businessId, props]);
  return useMemo(() => ({ state, logout }), [state, logout]);
}

/** The customer signs in and out. @param {AuthElementProps} props @returns {ReactElement} */
export function AuthElement(props) {
  return useElement('auth', props);
}

/** The customer picks an address. @param {AddressElementProps} props @returns {ReactElement} */
export function AddressElement(props) {
  return useElement('address', props);
}

/** The customer picks a mobile-money wallet. @param {PaymentElementProps} props @returns {ReactElement} */
export function PaymentElement(props) {
  return useElement('payment', props);
}

/** @param {import('./index.js').ElementName} element @param {AddressElementProps} props @returns {ReactElement} */
function useElement(element, props) {
  const { link, businessId, appearance, locale, look, token, props: shared, refuse } = useShared();
  const newest = useNewest(props);
  const div = useRef(/** @type {HTMLDivElement | null} */ (null));
  const handle = useRef(/** @type {LinkHandle | null} */ (null));
  const shown = useRef(look);
  useEffect(() => {
    const target = div.current;
    if (link === null || target === null) return undefined;
    shown.current = look;
    const linkToken = () => tokenOf(shared.current);
    const mounted = tryTo(refuse, () => link.mount({ businessId, element, target, linkToken, appearance, locale }));
    if (mounted === null) return undefined;
    handle.current = mounted;
    for (const name of HANDLERS) mounted.on(EVENTS[name], (event) => /** @type {any} */ (newest.current[name])?.(event));
    return () => {
      handle.current = null;
      mounted.destroy();
    };
  }, [link, businessId, element, token, shared, newest]); // not the look, which changes without a new element
  useEffect(() => {
    if (shown.current === look) return;
    shown.current = look;
    tryTo(refuse, () => handle.current?.update({ appearance, locale: locale ?? '' })); // one that is no longer named is not kept
  }, [look]);
  return createElement('div', { ...withoutHandlers(props), ref: div });
}

/**
 * @template T
 * @param {(error: TypeError) => void} refuse @param {() => T} task
 * @returns {T | null}
 */
function tryTo(refuse, task) {
  try {
    return task();
  } catch (error) {
    refuse(/** @type {TypeError} */ (error));
    return null;
  }
}

/** @param {LinkProviderProps} props */
function tokenOf({ linkToken }) {
  return typeof linkToken === 'function' ? linkToken() : linkToken;
}

/** @param {AddressElementProps} props @returns {Div} */
function withoutHandlers(props) {
  return Object.fromEntries(Object.entries(props).filter(([name]) => !HANDLERS.some((handler) => handler === name)));
}

/** Value of the newest render, for what is called later. @template T @param {T} value @returns {{ current: T }} */
function useNewest(value) {
  const newest = useRef(value);
  useEffect(() => {
    newest.current = value;
  });
  return newest;
}

/** @returns {Shared} */
function useShared() {
  const shared = useContext(Context);
  if (shared === null) throw new Error('Link: elements and useLink() stand inside <LinkProvider>');
  return shared;
}
