/** A page of the shop with an element of its own, which can be reloaded: `/embed`, in an iframe of the stage. */

export class ShopPage {
  #iframe;

  /** @param {HTMLIFrameElement} iframe */
  constructor(iframe) {
    this.#iframe = iframe;
  }

  /** Events of the element, as the page's newest document heard them. */
  get events() {
    return this.#window.events ?? [];
  }

  /** Messages that this document received. */
  get messages() {
    return this.#window.messages ?? [];
  }

  get handle() {
    return /** @type {import('../sdk.js').LinkHandle} */ (this.#window.handles[0]);
  }

  get state() {
    return this.#window.handles?.[0]?.state ?? '';
  }

  /** Navigate to the same address, as a person's reload does. */
  async reload() {
    const loaded = new Promise((resolve) => this.#iframe.addEventListener('load', resolve, { once: true }));
    this.#window.location.reload();
    await loaded;
  }

  /** Sign out whoever is signed in, as the shop does. */
  async logOut() {
    await this.#window.Link.logout();
  }

  get #window() {
    return /** @type {Window} */ (this.#iframe.contentWindow);
  }
}
