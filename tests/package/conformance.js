/** Types alone, which `tsc` checks: what the package says of the SDK is what the SDK is. */

import { Link } from '../../static/sdk/v1.js';

/** @template A, B @typedef {[A] extends [B] ? [B] extends [A] ? true : false : false} Same */

/** @type {import('../../static/package/types.js').Link} */
export const link = Link;
/** @type {Same<keyof import('../../static/package/types.js').LinkEvents, import('../../static/sdk/element/handle.js').EventType>} */
export const events = true;
/** @type {Same<import('../../static/package/types.js').StepName, import('../../static/sdk/wire.js').StepName>} */
export const steps = true;
/** @type {Same<import('../../static/package/types.js').ElementName, import('../../static/sdk/wire.js').ElementName>} */
export const elements = true;
/** @type {Same<import('../../static/package/types.js').LinkHandle['state'], import('../../static/sdk/element/handle.js').State>} */
export const states = true;
