-- Note that a code of a customer's contact was entered for one purpose. The same code again notes
-- nothing: what it confirmed may have been used since.
-- KEYS: what a session has confirmed for the purpose
-- ARGV: hash of the secret that the code gave, id of the contact, life ms, how long it is kept ms
-- Replies {verdict}: confirmed | repeated
-- include redis_clock
local confirmations = KEYS[1]
local hash, contact, life_ms, kept_ms = unpack(ARGV, 1, 4)
if redis.call('HSETNX', confirmations, hash .. ' contact', contact) == 0 then
  return {'repeated'}
end
redis.call('HSET', confirmations, hash .. ' ends_at', whole(now_ms() + tonumber(life_ms)))
redis.call('PEXPIRE', confirmations, kept_ms)
return {'confirmed'}
