/** What the frame opens in an `auth` element, by the names of every element's part (`elements/wallet.js`). */

export { Account as ItemList } from './own-account.js';
export { AccountView as ItemListView } from './account-view.js';

export const KIND = null;
