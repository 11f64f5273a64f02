/** Answers that are not ours: of a bot check, a proxy or a hotel's network in front of the service. */

export const HTML = '<!doctype html><title>Checking your browser</title>';
/** @type {readonly { status: number, body: unknown }[]} */
export const FOREIGN = [
  { status: 403, body: HTML }, { status: 200, body: HTML }, { status: 429, body: HTML }, { status: 401, body: '' }, { status: 407, body: 'Proxy' },
  { status: 511, body: HTML }, { status: 200, body: '[]' }, { status: 403, body: { message: 'Forbidden' } },
  { status: 403, body: { error: { code: 403, message: 'Forbidden' } } }, { status: 403, body: { error: { code: 'AuthorizationFailed', message: 'No.' } } },
  { status: 401, body: { error: { code: 'UNAUTHENTICATED' } } }, { status: 200, body: { data: null, errors: [] } }, { status: 200, body: { data: {} } },
  { status: 200, body: { success: true } }, { status: 200, body: { success: true, data: null } }, { status: 200, body: { success: 'true', data: {} } },
  { status: 403, body: { success: true, data: {} } }, { status: 200, body: { success: false, error: { code: 'NOT_FOUND' } } },
  { status: 403, body: { success: false, errors: [{ code: 1020 }] } }, { status: 403, body: { success: false, error: 'denied' } },
  { status: 403, body: { success: false, error: { code: 1020 } } }, { status: 403, body: { success: false, data: {} } },
];
