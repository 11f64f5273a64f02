/**
 * What a signed-in customer has with Link: asked for after each sign-in, and again when it has changed.
 * Where a change takes a code that this session lacks, the code is asked for in place; then the change goes on.
 */

import { ApiError } from '../session/api.js';
import { walletProblemText } from '../ui/texts.js';

/** @typedef {import('./item-list.js').ItemList} ItemList */
/** @typedef {typeof import('./address.js') | typeof import('./payment.js')} Part what an element with something to choose is made of */
/** @typedef {(element: import('../../sdk/wire.js').ElementName) => Promise<Part | null>} LoadPart */
/**
 * @typedef {object} Surroundings
 * @property {import('../../sdk/wire.js').ElementName} element
 * @property {LoadPart} loadPart
 * @property {import('./wallet-api.js').WalletApi} api
 * @property {import('../session/token-client.js').TokenClient} client
 * @property {import('../session/sign-in.js').SignIn} signIn
 * @property {import('../ui/view.js').View} view
 * @property {(item: { id: string, label: string }) => void} onChosen
 */

export class Wallet {
  #env;
  /** @type {ItemList | null} */
  #itemList = null;
  #isUnreachable = false;
  /** Who was asked for a code, and what it is for. @type {{ customerId: string | null, then: () => void } | null} */
  #stepUp = null;
  #life = new AbortController();

  /** @param {Surroundings} env */
  constructor(env) {
    this.#env = env;
  }

  /** A customer has signed in. */
  open() {
    this.close();
    void this.#load(true);
  }

  /** The customer has left, or another one came. */
  close() {
    this.#life.abort();
    this.#life = new AbortController();
    this.#isUnreachable = false;
    this.#stepUp = null;
    this.#env.view.endStepUp();
    this.#itemList?.close();
  }

  retry = () => void this.#load(true);

  /** The network is back. */
  wake() {
    if (this.#isUnreachable) this.retry();
  }

  /** The customer gives up the change that asked for a code. Not while an answer is awaited: it may be another session by then. */
  leaveStepUp = () => {
    const { signIn, view } = this.#env;
    if (this.#stepUp === null || signIn.isBusy) return;
    this.#stepUp = null;
    signIn.leave();
    view.showWallet();
  };

  /**
   * A code was right: go on with what it was asked for.
   * @returns {boolean} false when there is nothing such, or another customer than who began it
   */
  resume() {
    const stepUp = this.#stepUp;
    this.#stepUp = null;
    this.#env.view.endStepUp();
    if (stepUp === null || stepUp.customerId === null || stepUp.customerId !== this.#env.client.session?.customerId) return false;
    this.#env.view.showWallet();
    stepUp.then();
    return true;
  }

  /** @param {boolean} isFirst nothing is shown yet @param {string} [done] just before, which stays true if this fails */
  async #load(isFirst, done = '') {
    const { api, view } = this.#env;
    const { signal } = this.#life;
    this.#isUnreachable = false;
    if (isFirst) view.showWalletLoading();
    try {
      const [data, itemList] = await Promise.all([api.data(), this.#loadItemList()]);
      if (signal.aborted) return;
      itemList?.show(data);
      view.showWalletOf(data.contact);
    } catch (error) {
      if (signal.aborted) return;
      this.#isUnreachable = true;
      const problem = walletProblemText(error instanceof ApiError ? error : new ApiError('NETWORK'));
      view.showWalletUnreachable(`${done} ${problem}`.trim());
    }
  }

  /** @returns {Promise<ItemList | null>} null for the element that has nothing to choose */
  async #loadItemList() {
    if (this.#itemList !== null) return this.#itemList;
    const { element, loadPart, api, client, view, onChosen } = this.#env;
    const part = await loadPart(element);
    if (part === null || this.#itemList !== null) return this.#itemList;
    const { KIND, ItemList, ItemListView } = part;
    const itemListView = new ItemListView(view.itemList, KIND);
    const itemList = new ItemList(KIND, api, itemListView, {
      hasCode: () => client.session?.amr.includes('otp') === true,
      stepUp: (why, then) => this.#askForCode(why, then),
      reload: (done) => this.#load(false, done),
      onChosen,
      say: (text) => view.say(text),
    });
    itemListView.listen(itemList);
    this.#itemList = itemList;
    return itemList;
  }

  /** @param {string} why @param {() => void} then */
  #askForCode(why, then) {
    const { client, signIn, view } = this.#env;
    this.#stepUp = { customerId: client.session?.customerId ?? null, then };
    view.showStepUp(why);
    signIn.open();
  }
}
