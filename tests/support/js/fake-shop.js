/** Fake page of a shop: the real SDK handle with a fake iframe, whose messages the test sends. */

import { LinkHandle } from '../../../static/sdk/element/handle.js';
import { FakeChannel, FakeNetwork, FakeTime, fakeEnv, messageEvent, ok, settle, SUPPORTED } from './fakes.js';

export const LINK = 'https://link.example';
export const SHOP = 'https://shop.example';
export const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
export const OTHER_CHALLENGE = 'x9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
export const TOKEN = `elb_${'a'.repeat(40)}`;
export const granted = () => ok({ bootstrap_token: TOKEN, expires_in: 60 });
export const ready = (/** @type {string} */ challenge = CHALLENGE, versions = [1]) => ({ ns: 'cimplify.link', v: 1, type: 'ready', code_challenge: challenge, versions });

export class FakeFrameWindow {
  /** Called with the address that replaces the document. */
  onReplace = (/** @type {string} */ _address) => {};
  location = { replace: (/** @type {string} */ address) => this.onReplace(address) };
  /** @type {{ data: any, targetOrigin: string, port: import('./fakes.js').FakePort }[]} */
  received = [];
  postMessage(/** @type {unknown} */ data, /** @type {string} */ targetOrigin, /** @type {any[]} */ [port]) {
    this.received.push({ data, targetOrigin, port });
  }
}

class FakeIframe extends EventTarget {
  contentWindow = new FakeFrameWindow();
  /** @type {Record<string, string>} */
  style = {};
  /** @type {Record<string, string>} */
  attributes = {};
  clientWidth = 0;
  #isLoaded = false;
  src = '';
  get reloads() {
    return this.replaced.length;
  }
  /** Addresses that replaced the document. @type {string[]} */
  replaced = [];
  title = '';
  isInPage = true;
  /** The document, for a page that removes or moves this iframe. @type {any} */
  ownerDocument = null;
  get isConnected() {
    return this.isInPage;
  }
  getRootNode() {
    return this.ownerDocument;
  }
  /** The page puts it elsewhere: the browser makes a new window, and loads the document there. */
  move() {
    this.contentWindow = new FakeFrameWindow();
    this.contentDocument = {};
    this.#isLoaded = false;
    this.contentWindow.onReplace = (address) => this.#replace(address);
  }
  /** The page's own empty document, until that of the frame arrives. @type {object | null} */
  contentDocument = {};
  constructor() {
    super();
    this.contentWindow.onReplace = (address) => this.#replace(address);
  }
  /** Like a blocked frame, one that fired `load` fires it again at once. @param {string} address */
  #replace(address) {
    this.replaced.push(address);
    if (this.#isLoaded) queueMicrotask(() => void this.dispatchEvent(new Event('load')));
  }
  /** @override @param {Event} event */
  dispatchEvent(event) {
    if (event.type === 'load') this.#isLoaded = true;
    return super.dispatchEvent(event);
  }
  setAttribute(/** @type {string} */ name, /** @type {string} */ value) {
    this.attributes[name] = value;
  }
  hasAttribute(/** @type {string} */ name) {
    return name in this.attributes;
  }
  removeAttribute(/** @type {string} */ name) {
    delete this.attributes[name];
  }
  remove() {
    this.isInPage = false;
  }
}

/** Changes of the page, told when the test says so. */
class FakeObserver {
  isWatching = false;
  /** @param {() => void} task */
  constructor(task) {
    this.task = task;
  }
  observe() {
    this.isWatching = true;
  }
  disconnect() {
    this.isWatching = false;
  }
}

/** A `link` element, which the fake browser reads when it is appended to the head. */
class FakeLink {
  rel = '';
  href = '';
  crossOrigin = '';
  isInPage = false;
  remove() {
    this.isInPage = false;
  }
}

/** @param {{ answer?: (sent: import('./fakes.js').Sent) => import('./fakes.js').Reply, linkToken?: any, element?: import('../../../static/sdk/wire.js').ElementName, others?: any[], origin?: string, isSecureContext?: boolean, appearance?: object, prefersDark?: boolean, width?: number, lacking?: Record<string, undefined> }} [options] `lacking`: names that this browser does not know */
export function shop({ answer = granted, linkToken = null, element = 'auth', others = [], origin = SHOP, isSecureContext = true, appearance = { theme: 'dark' }, prefersDark = false, width = 640, lacking = {} } = {}) {
  const time = new FakeTime();
  const network = new FakeNetwork(answer);
  const iframe = Object.assign(new FakeIframe(), { clientWidth: width });
  const device = Object.assign(new EventTarget(), { matches: prefersDark });
  const window = Object.assign(new EventTarget(), { ...SUPPORTED, matchMedia: () => device, ...lacking, origin, location: { origin }, isSecureContext });
  /** @type {FakeLink[]} */
  const links = [];
  const head = { append: (/** @type {FakeLink} */ link) => links.push(Object.assign(link, { isInPage: true })) };
  const document = Object.assign(new EventTarget(), { head, createElement: (/** @type {string} */ tag) => (tag === 'link' ? new FakeLink() : iframe) });
  iframe.ownerDocument = document;
  /** @type {FakeObserver[]} */
  const observers = [];
  class MutationObserver extends FakeObserver {
    /** @param {() => void} task */
    constructor(task) {
      super(task);
      observers.push(this);
    }
  }
  const prefer = (/** @type {boolean} */ matches) => Object.assign(device, { matches }).dispatchEvent(new Event('change'));
  const changed = () => observers.filter(({ isWatching }) => isWatching).forEach(({ task }) => task());
  /** @type {unknown[]} */
  const reported = [];
  /** @type {string[]} */
  const warned = [];
  /** @type {any} */
  const env = { ...fakeEnv(time, network), window, document, MutationObserver, MessageChannel: FakeChannel, report: (/** @type {unknown} */ error) => reported.push(error), warn: (/** @type {string} */ text) => warned.push(text) };
  /** @type {unknown[]} */
  const inPage = [];
  /** @type {any} */
  const parent = { children: [], append: (/** @type {unknown} */ child) => inPage.push(child) };
  const handle = new LinkHandle({ elementsOrigin: LINK, businessId: 'bus_demo', element, linkToken, options: { appearance }, parent, others }, env);
  /** @type {[string, any][]} */
  const events = [];
  for (const type of /** @type {const} */ (['initialized', 'authenticated', 'token_refreshed', 'height_change', 'ready', 'step', 'dismissed', 'selected', 'error', 'logout_complete'])) {
    handle.on(type, (payload) => events.push([type, payload]));
  }
  const receive = async (/** @type {unknown} */ data, from = {}) => {
    window.dispatchEvent(messageEvent({ source: iframe.contentWindow, origin: LINK, data, ...from }));
    await settle();
  };
  const port = (at = -1) => /** @type {any} */ (iframe.contentWindow.received.at(at)?.port);
  const say = async (/** @type {string} */ type, /** @type {object} */ fields = {}) => {
    port().postMessage({ ns: 'cimplify.link', v: 1, type, ...fields });
    await settle();
  };
  const codes = () => events.filter(([type]) => type === 'error').map(([, { code }]) => code);
  const connect = async () => {
    await receive(ready());
    await say('initialized', { state: 'guest' });
  };
  return { time, network, iframe, window, document, observers, changed, handle, prefer, events, inPage, links, reported, warned, receive, port, say, codes, connect };
}
