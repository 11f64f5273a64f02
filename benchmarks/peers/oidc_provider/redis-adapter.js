// Keeps the provider's models in Redis. Times are in seconds; every key has a TTL.

/** Models that are marked as used instead of being deleted. */
const CONSUMABLE = new Set(['AuthorizationCode', 'RefreshToken', 'DeviceCode']);
/** Models that belong to a grant, with which they are revoked. */
const GRANTED = new Set(['AccessToken', ...CONSUMABLE]);

/**
 * Returns the adapter class the provider asks for.
 * @param {import('ioredis').Redis} redis
 */
export function redisAdapter(redis) {
  return class RedisAdapter {
    /** @param {string} model */
    constructor(model) {
      this.model = model;
    }

    /** @param {string} id */
    #key(id) {
      return `oidc:${this.model}:${id}`;
    }

    /** Writes a model in one transaction, with its place in its grant. */
    async upsert(id, payload, expiresIn) {
      const batch = redis.multi().hset(this.#key(id), 'payload', JSON.stringify(payload));
      if (expiresIn) batch.expire(this.#key(id), expiresIn);
      if (payload.uid) batch.set(`oidc:uid:${payload.uid}`, id, 'EX', expiresIn);
      if (payload.userCode) batch.set(`oidc:user-code:${payload.userCode}`, id, 'EX', expiresIn);
      if (payload.grantId && GRANTED.has(this.model)) {
        const members = `oidc:grant:${payload.grantId}`;
        batch.sadd(members, this.#key(id)).expire(members, expiresIn);
      }
      await batch.exec();
    }

    async find(id) {
      const [payload, consumed] = await redis.hmget(this.#key(id), 'payload', 'consumed');
      if (payload === null) return undefined;
      return { ...JSON.parse(payload), ...(consumed && { consumed: Number(consumed) }) };
    }

    async findByUid(uid) {
      return this.find(await redis.get(`oidc:uid:${uid}`));
    }

    async findByUserCode(code) {
      return this.find(await redis.get(`oidc:user-code:${code}`));
    }

    async consume(id) {
      await redis.hset(this.#key(id), 'consumed', Math.floor(Date.now() / 1000));
    }

    async destroy(id) {
      await redis.del(this.#key(id));
    }

    async revokeByGrantId(grantId) {
      const members = `oidc:grant:${grantId}`;
      await redis.del(members, ...(await redis.smembers(members)));
    }
  };
}
