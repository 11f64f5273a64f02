/** Scenarios of one-time codes on real phones: a late message, a page that was discarded, a number that others know. */

import { originOf } from './origins.js';
import { isRefused } from './refusals.js';
import { check } from './scenario.js';
import { askForCode, letPass, sendStrangers, sentTo } from './servers.js';
import { fieldsOf } from './steps.js';

/** How many wrong codes strangers try; each of their sessions may make fewer than this in a minute. */
const WRONG_CODES = 50;
/** By then a request brings another code, and the first one lives. */
const LATE_MINUTES = 6;

/** @type {import('./scenario.js').Scenario} */
export const lateCode = {
  id: 'late-code',
  name: 'Late code',
  group: 'byHand',
  expected: `Ask for a code. ${LATE_MINUTES} minutes pass for it at once, and its message has not come. Wait the 30 s until another can be asked for, and ask again: it is another code. Now the first message comes. Type the first one’s code: it is good still.`,
  needsPerson: true,
  rules: {
    'request-otp': 'another code goes out to who waited for the first in vain',
    'verify-otp': `the first message’s code is taken after the second was sent: a code is good for ten minutes`,
  },
  async run(context) {
    await context.mountElement();
    const asked = () => context.calls('request-otp').filter(isDone).length;
    const first = await context.codeAsked();
    await letPass(LATE_MINUTES);
    context.note(`${LATE_MINUTES} minutes pass; no message yet`, 'api');
    await context.person(() => asked() >= 2 || context.calls('verify-otp').some(isDone), 'a person who asks for another code');
    context.must('no code was entered before another was asked for', asked() === 2);
    const sent = await context.messages();
    const [second] = sent;
    context.must('two messages, to one contact, with a code each', sent.length === 2 && second?.contact === first.contact && second.code !== first.code);
    context.note('the first message arrives');
    const isFirsts = (/** @type {import('./steps.js').Entry} */ { code_of: times }) => times?.includes(first.sent_at) === true;
    const taken = await context.codeTaken();
    context.must('the code that was taken is the first message’s, not the second’s', isFirsts(taken));
    context.note(`the first message’s code was taken, of ${timeOf(first)}; the second is of ${timeOf(second)}`, 'api');
    await context.signedIn();
    return [
      check('it was taken at the first try', context.calls('verify-otp').filter(isFirsts).length === 1),
      check('no third message went out', (await context.messages()).length === 2),
      check('authenticated reached the shop', context.events('authenticated').length === 1),
      context.checkNoLeak(),
    ];
  },
};

/** @type {import('./scenario.js').Scenario} */
export const reloadWhileWaiting = {
  id: 'reload-while-waiting',
  name: 'Reload while waiting',
  group: 'byHand',
  expected: 'Ask for a code: while you read the message, the phone discards the page, and the frame is loaded anew. Type the contact again, choose “I have a code” and enter it. No second message is needed, and no wait gets longer.',
  needsPerson: true,
  rules: {
    'request-otp': 'one code is asked for; after the reload “I have a code” needs no second message',
    'verify-otp': 'the code is good in the frame that was loaded after it was asked for',
  },
  async run(context) {
    await context.mountElement();
    const message = await context.codeAsked();
    context.reloadFrame();
    await context.waitFor(() => context.calls('init').length === 2, 'a second `init`');
    const sessions = new Set(context.calls('init').map(({ session }) => session?.id));
    context.must('two frames, two sessions: the one that asked is gone', sessions.size === 2);
    const isAskedAgain = () => context.calls('request-otp').length > 1;
    await context.person(() => isAskedAgain() || context.calls('verify-otp').some(isDone), 'a person with the code');
    context.must('one message, and one call for it', !isAskedAgain() && (await context.messages()).length === 1);
    const taken = await context.codeTaken();
    context.must('the second session’s code: 200, and amr says otp', taken.code_of?.includes(message.sent_at) === true && JSON.stringify(taken.claims?.amr) === '["otp"]');
    await context.signedIn();
    return [
      check('authenticated reached the shop', context.events('authenticated').length === 1),
      context.checkNoLeak(),
    ];
  },
};

/** @type {import('./scenario.js').Scenario} */
export const strangersNumber = {
  id: 'strangers-number',
  name: 'A stranger’s number',
  group: 'byHand',
  expected: `A number of Abidjan without its country is refused, or it would be a stranger’s in Ghana. Then ask for a code in the live element; a number is shown with its country. Strangers try ${WRONG_CODES} wrong codes for it at once. Type the right one: it is taken.`,
  needsPerson: true,
  rules: {
    'request-otp': 'a code goes out to the number, whose country is known',
    'verify-otp': `the right code of who asked is taken, whatever ${WRONG_CODES} tries of strangers used up`,
  },
  isPart(step) {
    const isNational = isRefused(step, 'auth/request-otp', ['VALIDATION_ERROR']);
    return isNational || (isRefused(step, 'verify-otp', ['OTP_INVALID', 'OTP_ATTEMPTS_EXCEEDED']) && step.entry?.code_of?.length === 0);
  },
  async run(context) {
    const national = `0501${String(Math.floor(Math.random() * 1e6)).padStart(6, '0')}`;
    const refused = await askForCode({ contact: national, contact_type: 'phone' });
    context.must('a number of two countries: refused, country_required, and no message', refused.reason === 'country_required' && (await sentTo(national.slice(1))).length === 0);
    const named = await askForCode({ contact: national, contact_type: 'phone', country: 'CI' });
    const [abidjan] = await sentTo(national);
    context.must('with country CI it goes to Abidjan', named.status === 200 && abidjan?.contact === `+225${national}`);
    await context.mountElement();
    const asked = await context.codeAsked();
    const tries = await sendStrangers(asked.contact, WRONG_CODES);
    context.note(`strangers: ${JSON.stringify(tries)}`, 'api');
    context.must(`strangers’ ${WRONG_CODES} wrong codes: all refused`, Object.values(tries).reduce((sum, times) => sum + times, 0) === WRONG_CODES && tries['200'] === undefined);
    const taken = await context.codeTaken();
    context.must('the asker’s right code: 200', taken.code_of?.includes(asked.sent_at) === true && fieldsOf(taken.session).state === 'authenticated');
    await context.signedIn();
    return [
      check('the shop’s page asked for none of it', context.calls('verify-otp').every(({ origin }) => origin === originOf('link'))),
      context.checkNoLeak(),
    ];
  },
};

/** @param {import('./steps.js').Entry} entry */
function isDone({ status }) {
  return status === 200;
}

/** The time of day of a message, as the list below the element shows it. @param {import('./servers.js').SentCode | undefined} message */
function timeOf(message) {
  return String(message?.sent_at.slice(11, 19));
}
