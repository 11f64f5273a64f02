/**
 * Wallet of the signed-in customer: loaded after each sign-in, and again after each change.
 * Step-up: where a change requires a code that this session lacks, the code is asked for in place, and the change is then carried out.
 */

import { Abort } from '../../sdk/exchange.js';
import { Retries } from '../../sdk/retries.js';
import { PhoneField } from '../phone/phone-field.js';
import { ApiError } from '../session/api.js';
import { walletProblemText } from '../ui/texts.js';

/** @typedef {{ show: (data: import('./wallet-api.js').WalletData) => void, close: () => void }} ItemList of `auth`, the customer's account */
/** @typedef {new (mount: HTMLElement, kind: any, phoneField: import('./item-form.js').MakePhoneField, phones: import('../phone/phones.js').Phones) => any} ItemListView */
/** @typedef {{ KIND: unknown, ItemListView: ItemListView, ItemList: new (kind: any, api: import('./wallet-api.js').WalletApi, view: any, hooks: import('./item-list.js').Hooks) => ItemList }} Part modules of an element */
/** @typedef {(element: import('../../sdk/wire.js').ElementName) => Promise<Part>} LoadPart */
/**
 * @typedef {object} WalletEnv
 * @property {import('../../sdk/wire.js').ElementName} element
 * @property {LoadPart} loadPart
 * @property {import('../phone/phones.js').Phones} phones
 * @property {import('../../sdk/retries.js').RetryEnv} retryEnv
 * @property {import('./wallet-api.js').WalletApi} api
 * @property {import('../session/token-client.js').TokenClient} client
 * @property {import('../session/sign-in.js').SignIn} signIn
 * @property {import('../ui/view.js').View} view
 * @property {(item: { id: string, label: string }) => void} onChosen
 * @property {(name: import('../../sdk/wire.js').StepName) => void} onStep
 */

export class Wallet {
  #env;
  /** @type {ItemList | null} */
  #itemList = null;
  #retries;
  /** What was done before the last load, said again until one succeeds. */
  #done = '';
  /** The change that waits for a code, and the customer who began it. @type {{ customerId?: string | null, then: () => void } | null} */
  #stepUp = null;
  #life = new Abort();

  /** @param {WalletEnv} env */
  constructor(env) {
    this.#env = env;
    this.#retries = new Retries(env.retryEnv, '', () => this.retry());
  }

  /** Load the wallet of the customer who signed in. */
  open() {
    this.close();
    void this.#load(true);
  }

  /** Abort and forget everything: the customer left, or another one signed in. */
  close() {
    this.#life.abort();
    this.#life = new Abort();
    this.#retries.end();
    this.#done = '';
    this.#stepUp = null;
    this.#env.view.endStepUp();
    this.#itemList?.close();
  }

  retry = () => void this.#load(true, this.#done);

  /** Load again, if loading failed before: at once when the network is back, else if the service answers. @param {boolean} isOnline */
  wake(isOnline) {
    this.#retries.wake(isOnline);
  }

  /** Cancel the change that waits for a code. Not during a request: its answer may bring another session. */
  leaveStepUp = () => {
    const { signIn } = this.#env;
    if (this.#stepUp === null || signIn.isBusy) return;
    this.#stepUp = null;
    signIn.leave();
    this.show();
  };

  /** Show the list again as it was left. */
  show() {
    this.#env.view.showWallet();
    this.#env.onStep(this.#env.element === 'auth' ? 'done' : 'list');
  }

  /**
   * The code was verified: carry out the change that waited for it.
   * @returns {boolean} false when no change waits, or when another customer began it
   */
  resume() {
    const stepUp = this.#stepUp;
    this.#stepUp = null;
    this.#env.view.endStepUp();
    if (!stepUp?.customerId || stepUp.customerId !== this.#env.client.session?.customerId) return false;
    this.#env.view.showWallet();
    stepUp.then();
    return true;
  }

  /** @param {boolean} isFirst whether nothing is shown yet @param {string} [done] outcome of the change before, still shown when loading fails */
  async #load(isFirst, done = '') {
    const { api, view, element, onStep } = this.#env;
    const { signal } = this.#life;
    this.#retries.cancel();
    this.#done = done;
    if (isFirst) view.showWalletLoading();
    try {
      const [data, itemList] = await Promise.all([api.data(), this.#loadItemList()]);
      if (signal.aborted) return;
      this.#retries.end();
      this.#done = '';
      itemList.show(data);
      view.showWalletOf(data.contact);
    } catch (error) {
      if (signal.aborted) return;
      const failure = error instanceof ApiError ? error : new ApiError('NETWORK');
      // Who calls too often is told when to come back, and asks then by the button.
      if (failure.isTransient && failure.status !== 429) this.#retries.plan(failure.retryAfterMs);
      view.showWalletUnreachable(`${done} ${walletProblemText(failure, element)}`.trim());
      onStep('list');
    }
  }

  /** @returns {Promise<ItemList>} */
  async #loadItemList() {
    if (this.#itemList !== null) return this.#itemList;
    const { element, loadPart, phones, api, client, view, onChosen, onStep } = this.#env;
    const part = await loadPart(element);
    if (this.#itemList !== null) return this.#itemList;
    const { KIND, ItemList, ItemListView } = part;
    const itemList = new ItemList(KIND, api, new ItemListView(view.itemList, KIND, (parts) => new PhoneField(parts, phones), phones), {
      hasCode: () => client.session?.amr.includes('otp') === true,
      stepUp: (why, then) => this.#askForCode(why, then),
      reload: (done) => this.#load(false, done),
      onChosen,
      onStep,
      errorOf: (failure) => (failure instanceof ApiError ? failure : new ApiError('INTERNAL', { status: 400 })),
      say: (text) => view.say(text),
    });
    this.#itemList = itemList;
    return itemList;
  }

  /** @param {string} why @param {() => void} then */
  #askForCode(why, then) {
    const { client, signIn, view } = this.#env;
    this.#stepUp = { customerId: client.session?.customerId, then };
    view.showStepUp(why);
    signIn.open();
  }
}
