/** Sign-out of one element: the bridge revokes the session first, then the customer and the shop are told. */

import { LinkError } from '../sdk/failures.js';
import { failureOf } from './protocol/error-codes.js';
import { SIGN_OUT_FAILED } from './texts/en.js';

/** @typedef {'customer' | 'shop' | 'sibling'} SignOutOrigin who signs out: the customer in this element, the shop, or the customer in another element */
/**
 * @typedef {object} Collaborators
 * @property {import('./session/api.js').Api} api
 * @property {import('./session/token-client.js').TokenClient} client
 * @property {import('./protocol/siblings.js').Siblings} siblings
 * @property {import('./protocol/port.js').Port} port
 * @property {import('./protocol/commands.js').Commands} commands
 * @property {import('./ui/view.js').View} view
 * @property {import('./keeping.js').Keeping} keeping
 * @property {() => void} onSignedOut
 */

export class SignOut {
  #parts;

  /** @param {Collaborators} parts */
  constructor(parts) {
    this.#parts = parts;
  }

  /**
   * Revoke the session and tell the outcome.
   * @param {SignOutOrigin} origin @param {AbortSignal} signal ends with the connection @param {string | null} [id] of the shop's command
   */
  async run(origin, signal, id = null) {
    const { port, view, onSignedOut } = this.#parts;
    view.showBusy(true);
    try {
      await this.revoke(origin);
      if (signal.aborted) return;
      this.#failAbortedRefresh(new LinkError('signed_out'));
      port.send('logout_complete', {}, id);
      onSignedOut();
    } catch (error) {
      if (signal.aborted) return;
      this.#failAbortedRefresh(failureOf(error));
      port.sendError(failureOf(error), id);
      view.showSignOutProblem(SIGN_OUT_FAILED);
    } finally {
      if (!signal.aborted) view.showBusy(false);
    }
  }

  /** End the session at the bridge, and tell the other elements, unless one of them began the sign-out. @param {SignOutOrigin} origin */
  revoke(origin) {
    const { api, client, siblings, keeping } = this.#parts;
    keeping.forget(); // first: it needs no network
    if (origin !== 'sibling') siblings.leave(origin === 'customer');
    return client.logout((accessToken, signal) => api.logout(accessToken, signal));
  }

  /** A sign-out aborts a refresh in flight; the shop's command is then answered here. @param {LinkError} failure */
  #failAbortedRefresh(failure) {
    const { commands } = this.#parts;
    if (commands.awaitsRefresh) commands.failRefresh(failure);
  }
}
