// A peer: `oidc-provider` as it comes, with rotation of refresh tokens, on Redis.
// node server.js PORT REDIS_URL
import { generateKeyPairSync } from 'node:crypto';
import Redis from 'ioredis';
import Provider from 'oidc-provider';
import { redisAdapter } from './redis-adapter.js';

const CLIENT = 'shop';
const RESOURCE = 'https://api.example';
const SCOPE = 'profile-data';
const LIFE_S = 12 * 3600;

const [port, redisUrl] = process.argv.slice(2);
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const signingKey = { ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: 'one' };

const provider = new Provider(`http://127.0.0.1:${port}`, {
  adapter: redisAdapter(new Redis(redisUrl)),
  jwks: { keys: [signingKey] },
  clients: [
    {
      client_id: CLIENT,
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      redirect_uris: ['https://shop.example/back'],
      id_token_signed_response_alg: 'ES256',
    },
  ],
  cookies: { keys: ['of this run alone'] },
  features: {
    devInteractions: { enabled: false },
    // Access tokens are JWTs signed with ES256, which the provider makes for a resource server only.
    resourceIndicators: {
      enabled: true,
      defaultResource: () => RESOURCE,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: SCOPE,
        audience: RESOURCE,
        accessTokenFormat: 'jwt',
        accessTokenTTL: 300,
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
  rotateRefreshToken: true,
  ttl: { RefreshToken: LIFE_S, AccessToken: 300, Grant: LIFE_S },
  findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
});

/** Returns a new refresh token, as a sign-in would have ended with. */
async function newToken(number) {
  const accountId = `customer-${number}`;
  const client = await provider.Client.find(CLIENT);
  const grant = new provider.Grant({ accountId, clientId: CLIENT });
  grant.addResourceScope(RESOURCE, SCOPE);
  const token = new provider.RefreshToken({
    accountId,
    client,
    grantId: await grant.save(LIFE_S),
    gty: 'authorization_code',
    scope: SCOPE,
    resource: RESOURCE,
  });
  return token.save();
}

// Asked before the measurement alone.
provider.use(async (context, next) => {
  if (context.path !== '/seed') return next();
  const numbers = Array.from({ length: Number(context.query.count) }, (_, number) => number);
  context.body = { refresh_tokens: await Promise.all(numbers.map(newToken)) };
});

provider.listen(Number(port), '127.0.0.1');
