/** A page of a React shop that has the provider, and no element. */

import { LinkProvider, useLink } from '@cimplify/link-elements/react';
import { createRoot } from 'react-dom/client';

function SignOut() {
  const { logout } = useLink();
  const leave = async () => {
    await logout();
    window.signedOut = true;
  };
  return <button type="button" onClick={leave}>Leave</button>;
}

createRoot(document.querySelector('#link')).render(<LinkProvider businessId="bus_…"><SignOut /></LinkProvider>);
