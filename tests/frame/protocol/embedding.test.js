import assert from 'node:assert/strict';
import test from 'node:test';

import { SUPPORTED } from '../../support/js/fakes.js';
import { readEmbedding } from '../../../static/frame/protocol/embedding.js';

/** @param {Record<string, any>} [changes] @returns {any} */
function frameWindow(changes = {}) {
  const location = {
    pathname: '/elements/payment',
    search: '?business_id=bus_demo&parent_origin=https%3A%2F%2Fshop.example&v=1',
    ancestorOrigins: ['https://shop.example'],
    ...changes.location,
  };
  return { parent: {}, origin: 'https://link.example', isSecureContext: true, ...SUPPORTED, ...changes, location };
}

test('the embedding is read from the address of the document', () => {
  const embedding = { element: 'payment', businessId: 'bus_demo', parentOrigin: 'https://shop.example' };
  assert.deepEqual(readEmbedding(frameWindow()), embedding);
  for (const ancestorOrigins of [undefined, [], ['null']]) assert.deepEqual(readEmbedding(frameWindow({ location: { ancestorOrigins } })), embedding);
});

test('a browser that lacks what the frame needs is refused, and the page can be told', () => {
  for (const name of Object.keys(SUPPORTED)) {
    const refused = readEmbedding(frameWindow({ [name]: undefined }));
    assert.deepEqual(refused, { element: 'payment', businessId: 'bus_demo', parentOrigin: 'https://shop.example', refused: 'unsupported_browser' }, name);
  }
  const elsewhere = frameWindow({ fetch: undefined, location: { ancestorOrigins: ['https://evil.example'] } });
  assert.deepEqual(readEmbedding(elsewhere), { refused: 'origin_mismatch' });
});

test('the element runs in no other place', () => {
  const top = frameWindow({ opener: {} });
  top.parent = top;
  assert.deepEqual(readEmbedding(top), { refused: 'top_level' });
  assert.deepEqual(readEmbedding(frameWindow({ origin: 'null' })), { refused: 'opaque_origin' });
  assert.deepEqual(readEmbedding(frameWindow({ isSecureContext: false })), { refused: 'insecure_context' });
  assert.deepEqual(readEmbedding(frameWindow({ location: { ancestorOrigins: ['https://evil.example', 'https://shop.example'] } })), { refused: 'origin_mismatch' });
  const addresses = [
    '', '?business_id=bus_demo&parent_origin=https://shop.example&v=2', '?business_id=bus_demo&parent_origin=https://shop.example/&v=1',
    '?business_id=<b>&parent_origin=https://shop.example&v=1', '?business_id=bus_demo&parent_origin=null&v=1', '?business_id=bus_demo&parent_origin=*&v=1',
  ];
  for (const search of addresses) assert.deepEqual(readEmbedding(frameWindow({ location: { search } })), { refused: 'bad_address' }, search);
  assert.deepEqual(readEmbedding(frameWindow({ location: { pathname: '/elements/other' } })), { refused: 'bad_address' });
});
