/** Types of the SDK. The harness loads its code from the elements origin, like a shop. */
export type Link = (typeof import('../sdk/v1.js'))['Link'];
export type LinkHandle = ReturnType<Link['mount']>;
