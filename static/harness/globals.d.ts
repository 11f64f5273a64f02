import type { Result } from './scenarios/runner.js';
import type { Need } from './scenarios/scenario.js';
import type { Login } from './scenarios/servers.js';
import type { Link, LinkHandle } from './sdk.js';
import type { Observation } from './page/tap.js';

declare global {
  interface Window {
    /** `/embed`: the SDK, once it is loaded; tests mount more elements with it. */
    Link: Link;
    /** `/embed`: one handle for each element, in the order of the query. */
    handles: LinkHandle[];
    /** `/embed`: every event of every handle. */
    events: { index: number; element: string; type: string; payload: Record<string, unknown> }[];
    /** `/embed`: every message that the page received. */
    messages: Observation[];
    /** `/embed`: true once all elements are mounted. */
    embedded: boolean;
    /** `/tab`: refreshes the shop's login from that page. */
    refreshTab: () => Promise<Login>;
    /** The harness page: runs scenarios from a test. */
    __harness: Readonly<{ run: (id: string) => Promise<Result>; scenarios: { id: string; needs: Need | null; needsPerson: boolean }[] }>;
  }
}
