/** Origins of the harness's hosts: the same port under other host names. */

const port = location.port === '' ? '' : `:${location.port}`;

/** @param {'shop' | 'link' | 'api' | 'other' | 'evil'} name */
export function originOf(name) {
  return `${location.protocol}//${name}.localhost${port}`;
}
