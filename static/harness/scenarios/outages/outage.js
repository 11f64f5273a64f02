/** What scenarios share in which something is gone under a signed-in customer: a refresh begins meanwhile, and ends after it. */

import { check } from '../scenario.js';
import { beginOutage, endOutage, obtainLinkToken } from '../servers.js';

/** @typedef {import('../context.js').ScenarioContext} ScenarioContext */
/** @typedef {import('../steps.js').Entry} Entry */

/**
 * Mount the element of a customer, let something be gone until a refresh was refused, and check that all goes on.
 * @param {ScenarioContext} context @param {'redis' | 'services'} of
 * @param {{ gone: string, back: string, refused: string, none: string, isRefused: (call: Entry) => boolean }} words notes of its begin and its end, the check of the refusals, and why the stack cannot play it
 * @returns {Promise<import('../context.js').Check[]>}
 */
export async function refreshThrough(context, of, { gone, back, refused, none, isRefused }) {
  const linkToken = await obtainLinkToken();
  const handle = await context.mountElement(linkToken);
  await context.waitFor(() => context.reads().length > 0, 'the customer’s list');
  const [init] = context.calls('init');

  /** @type {Promise<{ expires_in: number }>} */
  let refreshing;
  try {
    if (!await beginOutage(of)) context.must(none, false);
    context.note(gone, 'api');
    refreshing = handle.refresh();
    refreshing.catch(() => {}); // it is awaited below, unless the run ends before
    await context.waitFor(() => context.calls('refresh').some(isRefused), 'a refresh that is refused');
  } finally {
    await endOutage(); // the run may be reset before
  }
  context.note(back, 'api');
  const { expires_in: expiresIn } = await refreshing;
  await context.waitFor(() => context.calls('refresh').at(-1)?.status === 200, 'the trace of the refresh');

  const isKept = handle.state === 'authenticated' && context.events('initialized').length === 1;

  context.note('mounted anew');
  context.stage.mount(linkToken);
  await context.waitFor(() => context.events('authenticated').length === 2 && context.reads().length === 2, 'another element, and its list');
  const calls = context.calls('refresh');
  const last = calls.at(-1);
  return [
    check(refused, calls.length > 1 && calls.slice(0, -1).every((call) => isRefused(call) && call.retry_after !== null)),
    check('the frame’s next try: rotated, same session', last?.outcome === 'rotated' && last.session?.id === init?.session?.id),
    check('the shop heard token_refreshed, and no error', expiresIn > 0 && context.events('token_refreshed').length === 1 && context.events('error').length === 0),
    check('nobody was logged out', isKept),
    check('the login starts another element, with its list', context.reads().every(({ status }) => status === 200)),
    context.checkNoLeak(),
  ];
}
