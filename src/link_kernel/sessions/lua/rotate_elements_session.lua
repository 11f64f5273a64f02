-- Rotate an elements session's refresh token by docs/protocol.md#refresh-rule.
-- KEYS: session, prefix of the DPoP proofs [, customer's index, prefix of the customer's link
-- sessions]
-- ARGV: presented generation, key hash, secret version, keep ms, key thumbprint, hash of the proof's
-- jti, most rotations a minute
-- Replies {verdict, now [, session fields, wait ms, ms since the latest rotation]}: rotated | replayed | recovered | key_reused
--   | superseded | reused | limited | foreign_secret | foreign_key | proof_replayed | missing
--   | expired | revoked | upgraded | link_session_ended
-- include redis_clock
-- include session_index
-- include elements_session
-- include rotation_rule
-- include rotation_pace
-- include dpop_proof
local session, proofs, index, links = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local presented, key_hash, secret_version = tonumber(ARGV[1]), ARGV[2], ARGV[3]
local keep_ms, jkt, jti_hash, most = tonumber(ARGV[4]), ARGV[5], ARGV[6], tonumber(ARGV[7])
local now = now_ms()

local state = session_state(session, links, now)
if state == 'missing' then
  return {state, now}
end
local held = redis.call('HMGET', session,
  'generation', 'key_hash', 'idle_ms', 'expires_at', 'secret_version', 'id', 'reused_by', 'jkt')
if held[5] ~= secret_version then
  return {'foreign_secret', now}
end
local attempt = ARGV[1] .. ' ' .. key_hash
if state == 'revoked' and held[7] == attempt then
  return {'reused', now} -- a retry of the same command: the client resent it after a lost reply
end
if state ~= 'live' then
  return {state, now}
end
if (held[8] or '') ~= jkt then
  return {'foreign_key', now} -- no rotation, no end: a token stolen without its key has no effect
end
if not proof_claimed(proofs, jti_hash, key_hash) then
  return {'proof_replayed', now}
end

local current, made_by = tonumber(held[1]), held[2]
local verdict = rotation_verdict(session, presented, current, key_hash, made_by)
if verdict == 'rotated' or verdict == 'recovered' then
  local wait_ms = rotation_wait_ms(session, most, now)
  if wait_ms > 0 then
    return {'limited', now, {}, whole(wait_ms)}
  end
  local idle_expires_at = math.min(now + tonumber(held[3]), tonumber(held[4]))
  rotation_stored(session, presented, current, key_hash, made_by)
  redis.call('HSET', session, 'idle_expires_at', whole(idle_expires_at))
  rotation_noted(session, most, now)
  redis.call('PEXPIREAT', session, whole(idle_expires_at + keep_ms))
  return {verdict, now, redis.call('HGETALL', session)}
end
local rotated_ago = whole(rotated_ago_ms(session, most, now))
if verdict == 'reused' then
  session_end(session, 'revoked', 'reuse', keep_ms, now)
  redis.call('HSET', session, 'reused_by', attempt)
  if index then
    index_remove(index, held[6], now)
  end
elseif verdict == 'replayed' then
  return {verdict, now, redis.call('HGETALL', session), 0, rotated_ago}
end
return {verdict, now, {}, 0, rotated_ago}
