/** Where the other hosts are: the same port, other names. */

const port = location.port === '' ? '' : `:${location.port}`;

/** @param {'shop' | 'link' | 'api' | 'other' | 'evil'} name */
export function originOf(name) {
  return `${location.protocol}//${name}.localhost${port}`;
}
