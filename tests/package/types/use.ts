// A shop's own code, checked against the packed package.
import { type Appearance, LinkLoadError, type LinkHandle, loadLink } from '@cimplify/link-elements';

const appearance: Appearance = { theme: 'dark', variables: { colorPrimary: '#5b2ee5', borderRadius: '0.5rem' } };
// @ts-expect-error no such theme
const wrongTheme: Appearance = { theme: 'blue' };
// @ts-expect-error no such variable
const wrongVariable: Appearance = { variables: { colour: '#fff' } };

export async function use(): Promise<void> {
  const Link = await loadLink({ origin: 'https://link.example', timeoutMs: 5_000 });
  // @ts-expect-error null on a server
  Link.mount;
  if (Link === null) return;
  const link: LinkHandle = Link.mount({ businessId: 'bus_1', element: 'payment', target: '#link', linkToken: async () => null, appearance });
  // @ts-expect-error no such element
  Link.mount({ businessId: 'bus_1', element: 'card', target: '#link' });
  // @ts-expect-error the business is needed
  Link.mount({ element: 'payment', target: '#link' });
  const stop: () => void = link.on('selected', ({ element, id, label }) => [element, id, label].map((text) => text.length));
  link.on('error', ({ code, retryable, message }) => (retryable ? code : message).length);
  // @ts-expect-error no such event
  link.on('chosen', () => {});
  // @ts-expect-error a choice holds no wallet
  link.on('selected', ({ wallet }) => wallet);
  link.update({ appearance });
  // @ts-expect-error what can change is the look
  link.update({ businessId: 'bus_2' });
  const { expires_in }: { expires_in: number } = await link.refresh();
  await Promise.all([link.logout(), Link.logout()]);
  stop();
  [expires_in, wrongTheme, wrongVariable].length;
}

// @ts-expect-error milliseconds are a number
void loadLink({ timeoutMs: '10s' });
loadLink().catch((error: unknown) => {
  if (!(error instanceof LinkLoadError)) return;
  const code: 'network' | 'offline' | 'timeout' = error.code;
  const retryable: boolean = error.retryable;
  [code, retryable].length;
});
