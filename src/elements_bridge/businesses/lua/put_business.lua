-- Write a business whole, unless somebody else changed it since it was read.
-- KEYS: business   ARGV: version read (0: none), name, state, mode, origins as JSON, dpop policy,
--   country (empty: none), reload
-- Replies {verdict}: written | changed
local business = KEYS[1]
local version = tonumber(ARGV[1])

local held = redis.call('HMGET', business, 'version', 'name', 'state', 'mode', 'origins', 'dpop', 'country', 'reload')
local held_version = tonumber(held[1] or 0) or 0 -- a malformed one can be written over
local same = true
for i = 2, 8 do
  same = same and (held[i] or '') == ARGV[i]
end
if held_version == version + 1 and same then
  return {'written'} -- this very command again
end
if held_version ~= version then
  return {'changed'}
end
redis.call('HSET', business, 'version', version + 1,
  'name', ARGV[2], 'state', ARGV[3], 'mode', ARGV[4], 'origins', ARGV[5], 'dpop', ARGV[6],
  'country', ARGV[7], 'reload', ARGV[8])
return {'written'}
