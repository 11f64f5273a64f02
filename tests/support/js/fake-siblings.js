/** Elements beside each other on one page, of which some are signed in. */

import { grant } from './fake-frame.js';
import { FakePage } from './fake-page.js';
import { ok } from './fakes.js';

export const NOTE = { ns: 'cimplify.link/siblings', business_id: 'bus_demo', parent_origin: 'https://shop.example' };
export const HANDED = 'elb_handed_over_to_a_sibling';
let handed = 0;

/** What the bridge answers where siblings are signed in. @type {import('./fake-frame.js').Answers} */
export const SIGNING_IN = {
  bootstrap: () => ok({ bootstrap_token: `${HANDED}_${handed += 1}`, expires_in: 60 }),
  init: ({ body }) => (body.bootstrap_token.startsWith(HANDED) ? grant('authenticated', ['otp']) : grant('guest', [])),
};

/** @typedef {ReturnType<typeof import('./fake-frame.js').frame>} Frame */

/** @param {Frame} frame */
export async function signIn({ element, pass }) {
  element.requestCode('ama@mail.example');
  await pass(10);
  element.verifyCode('123456');
  await pass(50);
}

/** @param {number} count @param {import('./fake-frame.js').Answers} [answers] */
export async function guests(count, answers = {}) {
  const page = new FakePage({ ...SIGNING_IN, ...answers });
  const frames = Array.from({ length: count }, () => page.frame());
  for (const { connect } of frames) await connect();
  return { page, frames: /** @type {[Frame, Frame, ...Frame[]]} */ (frames) };
}

/** @param {FakePage} page @param {string} [type] */
export const notes = (page, type) => page.posted.filter(({ data }) => type === undefined || data.type === type);
