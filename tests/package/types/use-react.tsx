// A React shop's own code, checked against the packed package.
import { AddressElement, AuthElement, LinkProvider, PaymentElement, useLink } from '@cimplify/link-elements/react';

function SignOut() {
  const { state, logout } = useLink();
  const known: 'loading' | 'ready' | 'unavailable' = state;
  const done: Promise<void> = logout();
  void done;
  return <button type="button">{known}</button>;
}

export const right = (
  <LinkProvider businessId="bus_1" linkToken={async () => 'lnk_1'} appearance={{ theme: 'light' }} locale="fr-CI" onUnavailable={({ message }) => message.length}>
    <AuthElement className="wide" onReady={() => {}} onStep={({ name }) => name === 'code'} onLoadError={({ code }) => code} onAuthenticated={() => {}} onLogoutComplete={() => {}} />
    <AddressElement id="address" onSelected={({ element, id, label }) => [element, id, label].join()} onError={({ code, retryable, request_id }) => (retryable ? code : request_id)} onDismissed={() => {}} />
    <PaymentElement style={{ minHeight: 220 }} onInitialized={({ state }) => state === 'guest'} onHeightChange={({ height }) => height.toFixed()} />
    <SignOut />
  </LinkProvider>
);

export const wrong = [
  // @ts-expect-error the business is needed
  <LinkProvider key="1" />,
  // @ts-expect-error no such theme
  <LinkProvider key="2" businessId="bus_1" appearance={{ theme: 'blue' }} />,
  // @ts-expect-error nothing is selected in this element
  <AuthElement key="3" onSelected={() => {}} />,
  // @ts-expect-error what is inside is ours
  <AddressElement key="4">Address</AddressElement>,
  // @ts-expect-error no such event
  <PaymentElement key="5" onChosen={() => {}} />,
  // @ts-expect-error no such step
  <AuthElement key="7" onStep={({ name }) => name === 'paid'} />,
  // @ts-expect-error a choice holds no wallet
  <PaymentElement key="6" onSelected={({ wallet }) => wallet} />,
];
