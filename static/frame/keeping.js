/** Keeping of a sign-in over a reload of the shop's page, where the shop wants it (`session/kept.js`). In the frame of any other shop, a sign-out alone forgets what was kept before the shop changed its mind. */

import { settledWithin } from '../sdk/exchange.js';
import { NAMESPACE } from '../sdk/wire.js';
import { readGrant } from './session/grant.js';

/** A reload is worth a moment of the customer's time, and no more. */
const LONGEST_LOADING_MS = 3_000;
const REFRESH_TRIES = 3;

/** @typedef {import('./session/kept.js').Kept} Kept */

/**
 * @typedef {object} Keeping
 * @property {Kept | null} kept null until its code is there, and where the shop does not want it
 * @property {() => void} forget the customer signed out. Without its code, this tab forgets its tokens at once, and the rest when the code comes
 * @property {(isGuest: boolean, signal: AbortSignal, onAnswer: () => void) => Promise<import('./session/kept.js').Resumed | null>} resume go on with what an
 * earlier document kept, once the shop's `init` is there and valid: until then nobody knows who embeds this frame. Null where nothing is kept, or its session
 * has ended; rejects where the network fails. `isGuest`: the shop vouches for nobody. `onAnswer` is called at each answer, also at one that is tried again
 */

/** @param {import('../sdk/exchange.js').Timers & { keptLoading: Promise<Kept> | null, window: { sessionStorage: Storage } }} env @param {import('./session/api.js').Api} api @param {import('./session/dpop.js').Prover} prover @param {import('./protocol/embedding.js').Embedding} embedding */
export function keepingOf(env, api, prover, { businessId, parentOrigin }) {
  const shop = `${NAMESPACE} ${businessId} ${parentOrigin} `; // as `Kept` names what it stores
  /** @type {Keeping} */
  const keeping = {
    kept: null,
    forget: () => {
      if (keeping.kept) return keeping.kept.forget();
      void loading?.then(() => keeping.kept?.forget());
      try {
        const { sessionStorage } = env.window;
        for (const name of Object.keys(sessionStorage)) if (name.startsWith(shop)) sessionStorage.removeItem(name);
      } catch {
        // nothing was kept where a store throws
      }
    },
    resume: async (isGuest, signal, onAnswer) => {
      if (loading) await settledWithin(env, LONGEST_LOADING_MS, signal, loading);
      return keeping.kept && keeping.kept.resume(isGuest, {
        refresh: async ({ token, spentBy, proofKey }) => {
          prover.use(proofKey);
          return readGrant(await api.post('refresh', { body: { refresh_token: token }, idempotencyKey: spentBy, tries: REFRESH_TRIES, signal, onAnswer }));
        },
        giveUp: () => prover.renew(),
      });
    },
  };
  const loading = env.keptLoading?.then((kept) => { keeping.kept = kept; }, () => {}); // where its code does not come, a reload forgets the customer
  return keeping;
}
