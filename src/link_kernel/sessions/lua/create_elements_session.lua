-- Create an elements session if it does not exist; idempotent: a retry gets the same session.
-- KEYS: session, prefix of the DPoP proofs [, customer's index, prefix of the customer's link
-- sessions, prefix of the customer's elements sessions]
-- ARGV: may create (1|0), key hash, idle ms, absolute ms, keep ms, id, link session id, key thumbprint,
-- hash of the proof's jti, hash of the request, most sessions, id of the session that signed it in,
-- then fields and values
-- Replies {verdict, now, session fields}: created | repeated | used | expired | link_session_ended
--   | minter_ended | proof_replayed
-- include redis_clock
-- include session_index
-- include elements_session
-- include dpop_proof
-- include session_limit
local session, proofs, index, links, siblings = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local may_create, key_hash = ARGV[1] == '1', ARGV[2]
local idle_ms, absolute_ms, keep_ms = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local id, link_session_id, jkt = ARGV[6], ARGV[7], ARGV[8]
local most, minted_by = tonumber(ARGV[11]), ARGV[12]
local now = now_ms()

local state = session_state(session, links, now)
if state == 'link_session_ended' then
  return {state, now}
end
if not proof_claimed(proofs, ARGV[9], ARGV[10]) then
  return {'proof_replayed', now}
end
if state ~= 'missing' then
  local held = redis.call('HMGET', session, 'generation', 'key_hash', 'jkt')
  if state == 'live' and held[1] == '0' and held[2] == key_hash and (held[3] or '') == jkt then
    return {'repeated', now, redis.call('HGETALL', session)}
  end
  return {'used', now}
end
if not may_create then
  return {'expired', now}
end

if minted_by ~= '' and session_state(siblings .. minted_by, links, now) ~= 'live' then
  return {'minter_ended', now}
end

local expires_at = now + absolute_ms
if links then
  local link_expires_at =
    tonumber(redis.call('HGET', links .. link_session_id, 'expires_at') or 0)
  if link_expires_at <= now then
    return {'link_session_ended', now}
  end
  expires_at = math.min(expires_at, link_expires_at)
end
local idle_expires_at = math.min(now + idle_ms, expires_at)

redis.call('HSET', session, unpack(ARGV, 13))
redis.call('HSET', session, 'id', id, 'link_session_id', link_session_id, 'jkt', jkt,
  'status', 'live', 'generation', 0, 'key_hash', key_hash, 'idle_ms', whole(idle_ms),
  'created_at', whole(now), 'idle_expires_at', whole(idle_expires_at),
  'expires_at', whole(expires_at))
redis.call('PEXPIREAT', session, whole(idle_expires_at + keep_ms))
if index then
  index_add(index, id, expires_at, now)
  redis.call('HSET', session, 'crowded_out', crowd_out(index, siblings, id, most, keep_ms, now))
end
return {'created', now, redis.call('HGETALL', session)}
