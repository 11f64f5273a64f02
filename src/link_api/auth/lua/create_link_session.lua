-- Create a link session if it does not exist; the same login again finds the same session.
-- KEYS: link session, marker of its end, customer's index
-- ARGV: id, life ms, then fields and values
-- Replies {verdict, now [, session fields]}: created | repeated | moved_on | ended
-- include redis_clock
-- include session_index
local session, ended_note, index = KEYS[1], KEYS[2], KEYS[3]
local id, life_ms = ARGV[1], tonumber(ARGV[2])
local now = now_ms()

if redis.call('EXISTS', ended_note) == 1 then
  return {'ended', now} -- a logout is final, whatever is repeated after it
end
local generation = redis.call('HGET', session, 'generation')
if generation and generation ~= '0' then
  return {'moved_on', now}
end
if generation then
  return {'repeated', now, redis.call('HGETALL', session)}
end

local expires_at = now + life_ms
redis.call('HSET', session, unpack(ARGV, 3))
redis.call('HSET', session, 'id', id, 'generation', 0, 'created_at', whole(now),
  'last_used_at', whole(now), 'expires_at', whole(expires_at))
redis.call('PEXPIREAT', session, whole(expires_at))
index_add(index, id, expires_at, now)
return {'created', now, redis.call('HGETALL', session)}
