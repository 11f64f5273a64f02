/** A scenario of reserved contacts: nobody's, with a code that a test knows, and an outcome by their ending. */

import { check } from './scenario.js';
import { reservedNumber, signInReserved, verifyWallet } from './servers.js';

/** What asking for a code and entering it are answered, by ending. @type {Readonly<Record<string, readonly string[]>>} */
const SIGN_INS = {
  '00': ['ok', 'ok'],
  '01': ['ok', 'OTP_INVALID'],
  '02': ['ok', 'OTP_EXPIRED'],
  '03': ['ok', 'OTP_INVALID'],
  '04': ['ok', 'OTP_ATTEMPTS_EXCEEDED'],
  '05': ['UPSTREAM_UNAVAILABLE', 'OTP_INVALID'],
};
/** What verifying a wallet is answered. @type {Readonly<Record<string, string>>} */
const WALLETS = { '00': 'ok', '10': 'VERIFICATION_FAILED', '11': 'PROVIDER_UNAVAILABLE' };
const REFUSALS = new Set([...Object.values(SIGN_INS).flat(), ...Object.values(WALLETS)]);

/** @type {import('./scenario.js').Scenario} */
export const reservedContacts = {
  id: 'reserved-contacts',
  name: 'Test contacts',
  group: 'works',
  expected: 'Numbers that are nobody’s have the code 246810 in test mode, and play an outcome by their last two digits: a lost, late or wrong code, no tries left, a provider that is away, and what becomes of their wallet. A new number for each.',
  isPart: ({ entry }) => REFUSALS.has(String(entry?.error)),
  async run(context) {
    const checks = [];
    for (const [ending, expected] of Object.entries(SIGN_INS)) {
      const { told } = await signInReserved(reservedNumber(ending));
      checks.push(check(`…${ending}: ${told.join(', ')}`, told.join() === expected.join()));
    }
    const { token } = await signInReserved(reservedNumber('00'));
    for (const [ending, expected] of Object.entries(WALLETS)) {
      const told = await verifyWallet(token, reservedNumber(ending));
      checks.push(check(`the wallet …${ending}: ${told}`, told === expected));
    }
    return [...checks, context.checkNoLeak()];
  },
};
