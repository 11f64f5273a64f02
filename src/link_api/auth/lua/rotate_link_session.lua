-- Rotate a link session's refresh token by docs/protocol.md#refresh-rule; its end never moves.
-- KEYS: link session, marker of its end, customer's index
-- ARGV: id, presented generation, key hash, secret version, keep ms, how it came (body | cookie),
--   caller's origin, network, user agent
-- Replies {verdict, now [, session fields]}: rotated | replayed | recovered | key_reused
--   | superseded | reused | foreign_secret | foreign_origin | ended | expired
-- include redis_clock
-- include session_index
-- include rotation_rule
-- include login_places
local session, ended_note, index = KEYS[1], KEYS[2], KEYS[3]
local id, presented, key_hash, secret_version = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local keep_ms, came_by, origin = tonumber(ARGV[5]), ARGV[6], ARGV[7]
local ip, user_agent = ARGV[8], ARGV[9]
local by_cookie = came_by == 'cookie'
local attempt = 'reused ' .. ARGV[2] .. ' ' .. key_hash
local now = now_ms()

-- A cookie jar is one holder whose tabs race, so no generation out of it is reuse.
local function cookie_verdict(current, made_by)
  if presented > current then
    return 'recovered'
  end
  if key_hash == made_by then
    return 'replayed'
  end
  return 'rotated'
end

local held = redis.call('HMGET', session,
  'generation', 'key_hash', 'expires_at', 'secret_version', 'origin')
if not held[1] then
  local note = redis.call('GET', ended_note)
  if note == attempt and not by_cookie then
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
if by_cookie and (held[5] == '' or held[5] ~= origin) then
  return {'foreign_origin', now}
end

local current, made_by = tonumber(held[1]), held[2]
local verdict = by_cookie and cookie_verdict(current, made_by)
  or rotation_verdict(session, presented, current, key_hash, made_by)
if verdict == 'rotated' or verdict == 'recovered' then
  rotation_stored(session, math.max(presented, current), current, key_hash, made_by)
  redis.call('HSET', session, 'last_used_at', whole(now))
elseif verdict == 'reused' then
  redis.call('DEL', session)
  redis.call('SET', ended_note, attempt, 'PX', whole(keep_ms))
  index_remove(index, id, now)
  return {verdict, now}
elseif verdict ~= 'replayed' then
  return {verdict, now}
end
note_place(session, ip, user_agent, now)
return {verdict, now, redis.call('HGETALL', session)}
