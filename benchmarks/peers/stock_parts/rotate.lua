-- Make one generation the current one of a session, if its predecessor still is.
-- KEYS: session   ARGV: presented generation, life in seconds
-- Replies {verdict, subject}: rotated | reused | missing
local held = redis.call('HMGET', KEYS[1], 'generation', 'subject')
if not held[1] then
  return {'missing', ''}
end
if held[1] ~= ARGV[1] then
  redis.call('DEL', KEYS[1])
  return {'reused', ''}
end
redis.call('HINCRBY', KEYS[1], 'generation', 1)
redis.call('EXPIRE', KEYS[1], ARGV[2])
return {'rotated', held[2]}
