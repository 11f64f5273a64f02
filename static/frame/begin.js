/**
 * First script of the frame's document, inside it: says `ready` at once, so that the shop's bootstrap call is on its way while the browser
 * loads and runs the frame's code. A document of another release may lack it, and the code then does the same.
 */

import { begin } from './protocol/beginning.js';
import { readEmbedding } from './protocol/embedding.js';

const embedding = readEmbedding(window);
if (!('refused' in embedding)) window.begun = begin(window, window.crypto, embedding.parentOrigin);
