/**
 * What an element does beside others of its page, which the frame loads where it finds some. It is a file of its own when built; its styles come
 * with it: `BESIDE_STYLES` is what the build makes of `beside.css`.
 */

import { foldBesideOthers } from './folding.js';
import { addStyles } from '../ui/styles.js';

addStyles(document, BESIDE_STYLES);
foldBesideOthers(window);
