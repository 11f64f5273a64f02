/** The SDK as a shop sees it; the harness loads it from the elements origin, as a shop does. */
export type Link = (typeof import('../sdk/v1.js'))['Link'];
export type LinkHandle = ReturnType<Link['mount']>;
