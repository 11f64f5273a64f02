/** Stage of the live elements: mounts them with the SDK of the elements origin, as a shop does. */

import { el } from '../views/dom.js';
import { originOf } from '../scenarios/origins.js';
import { ownBusiness, ownUrl } from '../scenarios/servers.js';
import { ShopPage } from './shop-page.js';

/** @typedef {{ refresh: () => Promise<import('../scenarios/servers.js').Login> }} Tab */

export class Stage {
  /** @type {import('../sdk.js').LinkHandle | null} */
  handle = null;
  /** @type {import('../sdk.js').LinkHandle[]} */
  #others = [];
  /** @type {ShopPage | null} */
  #page = null;
  #container;
  #link;
  #onError;

  /** @param {HTMLElement} container @param {import('../sdk.js').Link} link @param {(code: string) => void} onError receives the errors that an element tells the shop of */
  constructor(container, link, onError) {
    this.#container = container;
    this.#link = link;
    this.#onError = onError;
  }

  /** State of the element, or of the one on a page of the shop; null without either. */
  get state() {
    return (this.handle ?? this.#page)?.state ?? null;
  }

  /** Iframe of the element; null while the SDK has mounted none. */
  get iframe() {
    return this.handle === null ? null : this.#container.querySelector('iframe');
  }

  /** Whether `source` is the window of a mounted element. @param {unknown} source */
  isElement(source) {
    return this.handle !== null && isWindowOf(source, this.#container.querySelectorAll('iframe'));
  }

  /** Whether `source` is the window of the element that the SDK keeps beside the page's body. @param {unknown} source */
  isHidden(source) {
    return isWindowOf(source, document.querySelectorAll('html > div > iframe'));
  }

  /** @param {string | null} linkToken @param {'address' | 'payment'} element */
  mount(linkToken = null, element = 'payment') {
    this.clear();
    this.handle = this.#mounted(linkToken, element);
    return this.handle;
  }

  /** @param {string | null} linkToken @param {'address' | 'payment'} element */
  mountBeside(linkToken, element) {
    this.#others.push(this.#mounted(linkToken, element));
  }

  /**
   * Show a page of `evil.localhost` that embeds the element.
   * @param {string | null} claimedOrigin the origin that a plain iframe claims in its address; null embeds the element with the SDK
   */
  embedEvil(claimedOrigin) {
    const query = new URLSearchParams({ business_id: ownBusiness(), element: 'payment', report_to: location.origin });
    if (claimedOrigin !== null) query.set('parent_origin', claimedOrigin);
    const iframe = el('iframe', 'evil');
    iframe.scrolling = 'no';
    const caption = claimedOrigin === null ? 'evil.localhost, with our SDK' : 'evil.localhost, claiming to be the shop';
    iframe.title = `A page of ${caption}`;
    iframe.src = `${originOf('evil')}/embed?${query}`;
    this.#container.append(el('p', 'caption', caption), iframe);
  }

  /** Open another page of the shop below the element. @param {string} title @returns {Promise<Tab>} */
  async openTab(title) {
    const iframe = el('iframe', 'tab');
    iframe.title = title;
    iframe.src = `${ownUrl('/tab')}#${encodeURIComponent(title)}`;
    await this.#loaded(iframe);
    return { refresh: async () => /** @type {Window} */ (iframe.contentWindow).refreshTab() };
  }

  /** Open a page of the shop that has an element of its own. @returns {Promise<ShopPage>} */
  async openShop() {
    this.clear();
    const iframe = el('iframe', 'shop');
    iframe.title = 'A page of the shop';
    iframe.src = `${ownUrl('/embed')}&element=payment`;
    await this.#loaded(iframe);
    this.#page = new ShopPage(iframe);
    return this.#page;
  }

  /** @param {HTMLIFrameElement} iframe */
  async #loaded(iframe) {
    const loaded = new Promise((resolve) => iframe.addEventListener('load', resolve, { once: true }));
    this.#container.append(iframe);
    await loaded;
  }

  /** @param {string | null} linkToken @param {'address' | 'payment'} element */
  #mounted(linkToken, element) {
    const handle = this.#link.mount({ businessId: ownBusiness(), element, target: this.#container, linkToken });
    handle.on('error', ({ code }) => this.#onError(String(code)));
    return handle;
  }

  /**
   * Sign out whoever signed in inside an element, as a shop does when its own customer leaves: the SDK keeps them signed in when all elements are
   * gone. Where that fails, as by a fault that a run has left, the customer is a guest in the elements to come.
   */
  async signOut() {
    await this.#link.logout().catch(() => {});
  }

  clear() {
    for (const handle of [this.handle, ...this.#others]) handle?.destroy();
    this.handle = null;
    this.#others = [];
    this.#page = null;
    this.#container.replaceChildren();
  }
}

/** @param {unknown} source @param {Iterable<HTMLIFrameElement>} iframes */
function isWindowOf(source, iframes) {
  return [...iframes].some(({ contentWindow }) => contentWindow !== null && contentWindow === source);
}
