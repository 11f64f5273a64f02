/**
 * The offer of a second contact, below the first item that a customer saves: only to who has a telephone number alone, which may get another owner.
 * It is made once for a page, whose elements see it of each other, and not again: on the next page the first item is saved already.
 */

import { framesOf } from '../beside/folding.js';
import { ItemList } from '../elements/item-list.js';
import { retried } from '../retried.js';
import { OFFER } from '../texts/en.js';
import { translate } from '../texts/translate.js';
import { button, node } from '../ui/dom.js';

/** A mailbox, or more than one contact. */
const HAS_ANOTHER = /[@,]/;

/** A list of saved items that offers a second contact once the first item is saved. */
export class ListWithOffer {
  #list;
  #api;
  #view;
  #hooks;
  /** Items at the load before; null before the first. @type {number | null} */
  #count = null;
  /** @type {(() => Promise<typeof import('./account.js')>) | undefined} */
  #load;
  /** Adds a contact in the place of the list. @type {import('./own-account.js').Account | undefined} */
  #account;
  #kind;

  /** @param {import('../elements/item.js').Kind} kind @param {import('../elements/wallet-api.js').WalletApi} api @param {import('../elements/item-list-view.js').ItemListView} view @param {import('../elements/item-list.js').Hooks} hooks */
  constructor(kind, api, view, hooks) {
    this.#kind = kind;
    this.#api = api;
    this.#view = view;
    this.#hooks = hooks;
    this.#list = new ItemList(kind, api, view, hooks);
  }

  /** @param {import('../elements/wallet-api.js').WalletData} data */
  show(data) {
    const items = data.saved[this.#kind.list];
    const count = Array.isArray(items) ? items.length : 0;
    const isFirst = this.#count === 0 && count === 1;
    this.#count = count;
    this.#list.show(data);
    if (isFirst && !HAS_ANOTHER.test(data.contact) && !wasOffered(window)) this.#offer();
  }

  close() {
    this.#count = null;
    this.#account?.close();
    this.#list.close();
  }

  #offer() {
    document.documentElement.dataset.offered = '';
    const [add, no] = [
      button(OFFER.add, { kind: 'plain', key: 'offer', onClick: () => void this.#add(offer) }),
      button(OFFER.no, { kind: 'plain', key: 'no-offer', onClick: () => this.#refuse(offer) }),
    ];
    const offer = node('section', { class: 'offer', 'aria-label': translate(OFFER.add) }, node('p', {}, translate(OFFER.why)), node('p', { id: 'account-problem', class: 'problem', role: 'alert' }), node('p', { class: 'buttons' }, add, no));
    this.#view.lend((mount) => mount.append(offer));
  }

  /** @param {HTMLElement} offer */
  #refuse(offer) {
    this.#view.lend((mount) => {
      const next = mount.querySelector('input:checked');
      if (next instanceof HTMLElement && offer.contains(document.activeElement)) next.focus();
    });
    offer.remove();
  }

  /** Add a contact in the place of the list, which comes back afterwards. @param {HTMLElement} offer */
  async #add(offer) {
    try {
      const { ItemList: Account, ItemListView: AccountView } = await (this.#load ??= retried(() => import('../account/account.js'), ACCOUNT_ADDRESS))();
      if (!offer.isConnected) return; // the customer went on
      this.#account ??= this.#view.lend((mount, { phoneField, phones }) => {
        const view = new AccountView(mount, null, phoneField, /** @type {import('../phone/phones.js').Phones} */ (phones));
        return new Account(null, this.#api, view, this.#hooks);
      });
      this.#account.openToAdd(() => this.#list.change());
    } catch {
      const [problem] = offer.getElementsByClassName('problem');
      if (problem) problem.textContent = translate(OFFER.failed);
    }
  }
}

/** Whether an element of the page has made the offer, this one or another. @param {Window} window */
function wasOffered(window) {
  return [window, ...framesOf(window).map(({ other }) => other)].some(({ document }) => 'offered' in document.documentElement.dataset);
}
