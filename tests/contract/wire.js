/**
 * Reads messages as `static/sdk/wire.js` does. Takes [[type, message], …] and prints, for each, what was
 * read, named as the message names it, or null.
 */

import { readCommand, readEvent, readInit, readReady } from '../../static/sdk/wire.js';

const readers = {
  ready: readReady,
  init: readInit,
  command: readCommand,
  event: (message) => {
    const read = readEvent(message);
    return read && { ...(read.id === null ? {} : { id: read.id }), type: read.type, ...read.payload };
  },
};

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const messages = JSON.parse(Buffer.concat(chunks).toString());
console.log(JSON.stringify(messages.map(([kind, message]) => readers[kind](message))));
