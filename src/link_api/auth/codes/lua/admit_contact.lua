-- Count a contact that was never proved for a network, unless it asked codes for too many others.
-- KEYS: contacts asked by the network
-- ARGV: MAC of the contact, most contacts, window ms, count | look (and count nothing)
-- Replies {verdict, now, wait ms}: admitted | limited
-- include redis_clock
local contacts = KEYS[1]
local contact, most, window_ms = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local now = now_ms()

redis.call('ZREMRANGEBYSCORE', contacts, '-inf', whole(now - window_ms))
if not redis.call('ZSCORE', contacts, contact) and redis.call('ZCARD', contacts) >= most then
  local oldest = redis.call('ZRANGE', contacts, 0, 0, 'WITHSCORES')
  return {'limited', now, whole(tonumber(oldest[2]) + window_ms - now)}
end
if ARGV[4] == 'count' then
  redis.call('ZADD', contacts, whole(now), contact)
  redis.call('PEXPIRE', contacts, whole(window_ms))
end
return {'admitted', now, 0}
