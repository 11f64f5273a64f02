/** A tab of the shop: refreshes the shop's login by its cookie, with a key of its own. */

import { maskSecret } from './scan.js';
import { joinBusiness, refreshLogin } from '../scenarios/servers.js';

joinBusiness(String(new URLSearchParams(location.search).get('business_id')));
const title = decodeURIComponent(location.hash.slice(1));
const said = /** @type {HTMLElement} */ (document.querySelector('#said'));
const say = (/** @type {string} */ text) => { said.textContent = `${title}: ${text}`; };

say('signed in by cookie');

/** @returns {Promise<import('../scenarios/servers.js').Login>} */
window.refreshTab = async () => {
  try {
    const login = await refreshLogin();
    say(`refreshed, ${maskSecret(login.session_token)}`);
    return login;
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    throw error;
  }
};
