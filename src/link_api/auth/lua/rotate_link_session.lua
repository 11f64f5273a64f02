-- Rotate a link session's refresh token by docs/protocol.md#refresh-rule; its end never moves.
-- KEYS: link session, marker of its end, customer's index
-- ARGV: id, presented generation, key hash, secret version, keep ms, how it came (body | cookie),
--   caller's origin
-- Replies {verdict, now [, session fields]}: rotated | replayed | recovered | key_reused | reused
--   | foreign_secret | foreign_origin | ended | expired
-- include redis_clock
-- include session_index
-- include rotation_rule
local session, ended_note, index = KEYS[1], KEYS[2], KEYS[3]
local id, presented, key_hash, secret_version = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local keep_ms, came_by, origin = tonumber(ARGV[5]), ARGV[6], ARGV[7]
local attempt = 'reused ' .. ARGV[2] .. ' ' .. key_hash
local now = now_ms()

local held = redis.call('HMGET', session,
  'generation', 'key_hash', 'expires_at', 'secret_version', 'origin')
if not held[1] then
  local note = redis.call('GET', ended_note)
  if note == attempt then
    return {'reused', now} -- this very command again: the client resent it after a lost reply
  end
  return {note and 'ended' or 'expired', now}
end
if now >= tonumber(held[3]) then
  return {'expired', now}
end
if held[4] ~= secret_version then
  return {'foreign_secret', now}
end
if came_by == 'cookie' and (held[5] == '' or held[5] ~= origin) then
  return {'foreign_origin', now}
end

local verdict = rotation_verdict(presented, tonumber(held[1]), key_hash, held[2])
if verdict == 'rotated' or verdict == 'recovered' then
  redis.call('HSET', session, 'generation', whole(presented + 1), 'key_hash', key_hash,
    'last_used_at', whole(now))
elseif verdict == 'reused' then
  redis.call('DEL', session)
  redis.call('SET', ended_note, attempt, 'PX', whole(keep_ms))
  index_remove(index, id, now)
  return {verdict, now}
elseif verdict == 'key_reused' then
  return {verdict, now}
end
return {verdict, now, redis.call('HGETALL', session)}
