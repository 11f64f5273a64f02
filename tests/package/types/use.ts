// A shop's own code, checked against the packed package.
import { type Appearance, LinkLoadError, type LinkEvents, type LinkHandle, loadLink } from '@cimplify/link-elements';

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
  const link: LinkHandle = Link.mount({ businessId: 'bus_1', element: 'payment', target: '#link', linkToken: async () => null, appearance, locale: 'fr-CI' });
  // @ts-expect-error no such element
  Link.mount({ businessId: 'bus_1', element: 'card', target: '#link' });
  // @ts-expect-error the business is needed
  Link.mount({ element: 'payment', target: '#link' });
  const stop: () => void = link.on('selected', ({ element, id, label }) => [element, id, label].map((text) => text.length));
  link.on('error', ({ code, retryable, message }) => (retryable ? code : message).length);
  link.on('error', ({ request_id }) => {
    const named: string | undefined = request_id;
    // @ts-expect-error not every failure names a call
    return request_id.length + (named?.length ?? 0);
  });
  link.on('loaderror', ({ code }) => code.length);
  link.on('ready', () => {});
  link.on('dismissed', () => {});
  link.on('step', ({ name }) => {
    const step: 'contact' | 'code' | 'list' | 'form' | 'done' = name;
    // @ts-expect-error no such step
    return step === 'paid';
  });
  for (const type of ['selected', 'dismissed', 'logout_complete'] satisfies (keyof LinkEvents)[]) link.on(type, () => {});
  // @ts-expect-error no such event
  link.on('chosen', () => {});
  // @ts-expect-error a choice holds no wallet
  link.on('selected', ({ wallet }) => wallet);
  link.update({ appearance });
  link.update({ locale: 'fr-CI' });
  // @ts-expect-error a language tag
  link.update({ locale: ['fr'] });
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
