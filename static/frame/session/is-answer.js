/**
 * Whether the service refused a call, for good. For the files that the frame loads later: the class of its errors is in the frame's own file, and
 * `instanceof` would look for a copy of it.
 * @param {unknown} error
 */
export function isAnswer(error) {
  return error instanceof Error && 'isTransient' in error && error.isTransient === false;
}
