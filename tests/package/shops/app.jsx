/** A React shop that a test drives by `window.shop`, and that keeps what it hears in `window.heard`. */

import { AddressElement, AuthElement, LinkProvider, PaymentElement, useLink } from '@cimplify/link-elements/react';
import { StrictMode, Suspense, useEffect, useState } from 'react';

/** What the suspended part waits for, if it does. @type {{ promise: Promise<void>, open: () => void } | null} */
let gate = null;

function close() {
  let open = () => {};
  const promise = new Promise((resolve) => {
    open = resolve;
  });
  gate = { promise, open };
}

function open() {
  gate?.open();
  gate = null;
}

function Suspended({ children }) {
  if (gate !== null) throw gate.promise;
  return children;
}

/** React hydrates what waits for something after the rest, and takes no change of it before. */
function Hydrated() {
  useEffect(() => {
    window.heard.push({ type: 'hydrated' });
  }, []);
  return null;
}

function Link() {
  const { state, logout } = useLink();
  useEffect(() => {
    window.shop = { ...window.shop, state, logout };
  });
  return <p id="state">{state}</p>;
}

export function App() {
  const [shown, setShown] = useState({ elements: true, suspended: false });
  const [render, setRender] = useState({ number: 1, theme: 'light', business: 'bus_…', token: undefined });
  const hear = (type) => (event) => window.heard.push({ render: render.number, type, ...event });
  useEffect(() => {
    window.shop = {
      ...window.shop,
      show: (change) => setShown((before) => ({ ...before, ...change })),
      render: (change) => setRender((before) => ({ ...before, ...change })),
      close,
      open,
    };
  });
  return (
    <StrictMode>
      <LinkProvider businessId={render.business} linkToken={render.token} appearance={{ theme: render.theme }} locale={render.locale} onUnavailable={hear('unavailable')}>
        <Link />
        {shown.elements && <AddressElement id="address" onSelected={hear('selected')} onAuthenticated={hear('authenticated')} onLogoutComplete={hear('logout_complete')} />}
        {shown.elements && <PaymentElement id="payment" onInitialized={hear('initialized')} onError={hear('error')} onReady={hear('ready')} onStep={hear('step')} onDismissed={hear('dismissed')} />}
        <Suspense fallback={<p id="waiting">Wait</p>}>
          <Hydrated />
          {shown.suspended && <Suspended><AuthElement id="suspended" onInitialized={hear('shown')} /></Suspended>}
        </Suspense>
      </LinkProvider>
    </StrictMode>
  );
}
