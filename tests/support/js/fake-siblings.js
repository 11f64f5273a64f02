/** Sibling elements on one fake page, and the answers for those that sign in. */

import { grant } from './fake-frame.js';
import { FakePage } from './fake-page.js';
import { ok } from './fakes.js';

export const SIBLING_MESSAGE = { ns: 'cimplify.link/siblings', business_id: 'bus_demo', parent_origin: 'https://shop.example' };
export const HANDOVER_TOKEN = 'elb_handed_over_to_a_sibling';
let handed = 0;

/** Answers of the bridge for a handover between siblings. @type {import('./fake-frame.js').Answers} */
export const SIBLING_ANSWERS = {
  bootstrap: () => ok({ bootstrap_token: `${HANDOVER_TOKEN}_${handed += 1}`, expires_in: 60 }),
  init: ({ body }) => (body.bootstrap_token.startsWith(HANDOVER_TOKEN) ? grant('authenticated', ['otp']) : grant('guest', [])),
};

/** @typedef {ReturnType<typeof import('./fake-frame.js').frame>} Frame */

/** @param {Frame} frame */
export async function signIn({ element, advance }) {
  element.requestCode('ama@mail.example');
  await advance(10);
  element.verifyCode('123456');
  await advance(50);
}

/** @param {number} count @param {import('./fake-frame.js').Answers} [answers] */
export async function guests(count, answers = {}) {
  const page = new FakePage({ ...SIBLING_ANSWERS, ...answers });
  const frames = Array.from({ length: count }, () => page.frame());
  for (const { connect } of frames) await connect();
  return { page, frames: /** @type {[Frame, Frame, ...Frame[]]} */ (frames) };
}

/** @param {FakePage} page @param {string} [type] */
export const siblingMessages = (page, type) => page.posted.filter(({ data }) => type === undefined || data.type === type);
