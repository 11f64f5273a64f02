-- Count origins that were refused for a business; keep the last `limit` of them, each for `ttl`.
-- KEYS: when each was refused last, how often and since when
-- ARGV: id of this write, ttl in milliseconds, limit, then origin and count in turns
-- Replies {verdict}: noted
-- include redis_clock
local seen, counts = KEYS[1], KEYS[2]
local note, ttl, limit = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local now = now_ms()

local function forget(origins)
  for _, origin in ipairs(origins) do
    redis.call('ZREM', seen, origin)
    redis.call('HDEL', counts, origin .. ' count', origin .. ' first_at')
  end
end

if redis.call('HGET', counts, 'note') == note then
  return {'noted'} -- this very command again
end
forget(redis.call('ZRANGEBYSCORE', seen, '-inf', whole(now - ttl)))
for at = 4, #ARGV, 2 do
  redis.call('ZADD', seen, whole(now), ARGV[at])
  redis.call('HINCRBY', counts, ARGV[at] .. ' count', ARGV[at + 1])
  redis.call('HSETNX', counts, ARGV[at] .. ' first_at', whole(now))
end
forget(redis.call('ZRANGE', seen, 0, -limit - 1))
redis.call('HSET', counts, 'note', note)
redis.call('PEXPIRE', seen, ttl)
redis.call('PEXPIRE', counts, ttl)
return {'noted'}
