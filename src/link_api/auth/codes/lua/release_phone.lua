-- Count the messages to a phone no longer, since it was proved; a second time changes nothing.
-- KEYS: messages to phones never proved, those whose phone was proved since, those to the phone,
--   then those of each site where they were counted   ARGV: window ms
-- Replies {verdict}: released
-- include redis_clock
local unproved, proved, to_phone = unpack(KEYS, 1, 3)
local window_ms = ARGV[1]
for _, call in ipairs(redis.call('ZRANGE', to_phone, 0, -1)) do
  local at = redis.call('ZSCORE', unproved, call)
  if at then
    redis.call('ZREM', unproved, call)
    redis.call('ZADD', proved, at, call)
    redis.call('PEXPIRE', proved, window_ms)
  end
  for i = 4, #KEYS do
    redis.call('ZREM', KEYS[i], call)
  end
end
redis.call('DEL', to_phone)
return {'released'}
