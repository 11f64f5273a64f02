/** What a guest finds in place of a sign-in that another element of the page shows: what it is good for, and the way to sign in here all the same. */

import { ELSEWHERE, SIGN_IN_HERE } from '../texts/en.js';
import { translate } from '../texts/translate.js';
import { isInUse, node } from '../ui/dom.js';

/** States in which the sign-in is shown, or comes next. @type {unknown[]} */
const BEFORE_SIGN_IN = ['connecting', 'slow', 'guest'];
/** Time in which another element's customer is handed over to this one (`protocol/siblings.js`). */
const HANDOVER_MS = 10_000;

/**
 * Build it, not shown yet.
 * @param {Window} window of this document @param {() => void} look at the others again
 * @returns {(isAskedElsewhere: boolean, isSignedInElsewhere: boolean) => void} puts the sign-in aside, or shows it. One in which the customer has begun
 * stays, and one that they called for stays for good; where they have just signed in elsewhere, it is not shown before they can be handed over
 */
export function makeAside(window, look) {
  const { document, location } = window;
  const { documentElement: root } = document;
  const [contact, stepUp] = [/** @type {HTMLInputElement} */ (document.getElementById('contact')), document.getElementById('step-up')];
  const [why, here] = [node('p'), node('button', { type: 'button', class: 'plain' })];
  document.querySelector('header')?.after(node('section', { id: 'aside' }, why, here));
  const showTexts = () => {
    why.textContent = translate(ELSEWHERE[location.pathname.split('/').pop() ?? ''] ?? '');
    here.textContent = translate(SIGN_IN_HERE);
  };
  showTexts();
  document.addEventListener('languagechange', showTexts);
  let hasBegun = false;
  const begin = () => { hasBegun = true; };
  contact.addEventListener('input', begin);
  document.getElementById('start-again')?.addEventListener('click', begin);
  here.addEventListener('click', () => {
    begin();
    look();
    contact.focus();
  });
  const handover = timeOf(HANDOVER_MS, window, look);
  return (isAskedElsewhere, isSignedInElsewhere) => {
    const { state } = root.dataset;
    const wasAside = root.hasAttribute('data-aside');
    hasBegun ||= state === 'code' || contact.value !== '';
    const isInHand = hasBegun || (!wasAside && state === 'guest' && isInUse(document));
    const mayAside = !isInHand && BEFORE_SIGN_IN.includes(state) && stepUp?.hidden === true;
    if (isAskedElsewhere) handover.restart();
    const isAside = mayAside && (isAskedElsewhere || (isSignedInElsewhere && (wasAside || state !== 'guest') && handover.lasts()));
    root.toggleAttribute('data-aside', isAside);
    if (state === 'guest' && isInUse(document) && (isAside || document.activeElement === here)) (isAside ? here : contact).focus();
  };
}

/** A time that begins as it is first asked for. @param {number} ms @param {Window} window @param {() => void} onOver */
function timeOf(ms, window, onOver) {
  let wait = 0;
  let isOver = false;
  return {
    lasts: () => {
      wait ||= window.setTimeout(() => {
        isOver = true;
        onOver();
      }, ms);
      return !isOver;
    },
    restart: () => {
      window.clearTimeout(wait);
      wait = 0;
      isOver = false;
    },
  };
}
