/** A page that loads Link when a test says so, and again after a failure. */

import { loadLink } from '@cimplify/link-elements';

window.load = () => {
  const told = loadLink().then(({ mount }) => typeof mount, ({ code }) => code);
  told.then((said) => {
    window.loaded = said;
  });
};
