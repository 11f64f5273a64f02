/** Scenarios of one-time codes on real phones: a late message, a page that was discarded, a number that others know. */

import { originOf } from './origins.js';
import { check } from './scenario.js';
import { askForCode, sendStrangers, sentCodes } from './servers.js';
import { fieldsOf } from './steps.js';

/** How many wrong codes strangers try; each of their sessions may make fewer than this in a minute. */
const WRONG_CODES = 50;

/** @type {import('./scenario.js').Scenario} */
export const lateCode = {
  id: 'late-code',
  name: 'Late code',
  group: 'byHand',
  expected: 'Ask for a code, wait until another can be asked for, and ask again: the first message was late. Now type the first one’s code. It is good still; in the first five minutes both messages carry the same one.',
  needsPerson: true,
  async run(context) {
    await context.mountElement();
    await context.person(() => context.calls('request-otp').filter(isDone).length >= 2, 'a person who asks for two codes');
    context.note('the first message arrives');
    await context.signedIn();
    const sent = await messagesOf(context);
    const entered = context.calls('verify-otp');
    return [
      check('two messages, to one contact', sent.length === 2 && new Set(sent.map(({ contact }) => contact)).size === 1),
      check('the code that came late was taken at the first try', entered.length === 1 && entered.every(isDone)),
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
  async run(context) {
    await context.mountElement();
    await context.person(() => context.calls('request-otp').some(isDone), 'a person who asks for a code');
    context.reloadFrame();
    await context.waitFor(() => context.calls('init').length === 2, 'a second `init`');
    await context.signedIn();
    const sent = await messagesOf(context);
    const sessions = new Set(context.calls('init').map(({ session }) => session?.id));
    return [
      check('two frames, two sessions: the one that asked is gone', sessions.size === 2),
      check('one message, and one call for it', sent.length === 1 && context.calls('request-otp').length === 1),
      check('the second session’s code: 200, and amr says otp', JSON.stringify(context.calls('verify-otp').find(isDone)?.claims?.amr) === '["otp"]'),
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
  async run(context) {
    const national = `0501${String(Math.floor(Math.random() * 1e6)).padStart(6, '0')}`;
    const refused = await askForCode({ contact: national, contact_type: 'phone' });
    const isSilent = (await messagesOf(context)).length === 0;
    const named = await askForCode({ contact: national, contact_type: 'phone', country: 'CI' });
    const [abidjan] = await messagesOf(context);
    await context.mountElement();
    await context.person(() => context.calls('request-otp').some(isDone), 'a person who asks for a code');
    const [asked] = await messagesOf(context);
    const tries = await sendStrangers(String(asked?.contact), WRONG_CODES);
    context.note(`strangers: ${JSON.stringify(tries)}`, 'api');
    await context.signedIn();
    return [
      check('a number of two countries: refused, country_required, and no message', refused.reason === 'country_required' && isSilent),
      check('with country CI it goes to Abidjan', named.status === 200 && abidjan?.contact === `+225${national}`),
      check(`strangers’ ${WRONG_CODES} wrong codes: all refused`, Object.values(tries).reduce((sum, times) => sum + times, 0) === WRONG_CODES && tries['200'] === undefined),
      check('the asker’s right code: 200', context.calls('verify-otp').some((entry) => isDone(entry) && fieldsOf(entry.session).state === 'authenticated')),
      check('the shop’s page asked for none of it', context.calls('verify-otp').every(({ origin }) => origin === originOf('link'))),
      context.checkNoLeak(),
    ];
  },
};

/** @param {import('./steps.js').Entry} entry */
function isDone({ status }) {
  return status === 200;
}

/** Messages since the beginning of the run, newest first. @param {import('./context.js').ScenarioContext} context */
async function messagesOf({ timeline }) {
  return sentCodes(timeline.startedAt);
}
