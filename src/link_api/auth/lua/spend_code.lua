-- Spend an open code for one Idempotency-Key; the same key and code again are accepted again.
-- KEYS: open code, what this key was spent for, proof of the contact
-- ARGV: id of this call, MAC of the presented code, most wrong tries, how long a proof counts in ms
-- Replies {verdict, now, id of the code}: accepted | invalid | expired | exhausted | key_reused
-- include redis_clock
local code, spent, proof = KEYS[1], KEYS[2], KEYS[3]
local call, code_mac, most_tries = ARGV[1], ARGV[2], tonumber(ARGV[3])
local proof_ms = tonumber(ARGV[4])
local now = now_ms()

local earlier = redis.call('HMGET', spent, 'code_mac', 'id', 'expires_at')
if earlier[1] and now < tonumber(earlier[3]) then
  return {earlier[1] == code_mac and 'accepted' or 'key_reused', now, earlier[2]}
end

local held = redis.call('HMGET', code, 'code_mac', 'id', 'expires_at', 'wrong_tries', 'try ' .. call)
if not held[1] or now >= tonumber(held[3]) then
  return {'expired', now, ''}
end
if held[5] then
  return {'invalid', now, ''} -- this very command again: the try is counted already
end
if tonumber(held[4]) >= most_tries then
  return {'exhausted', now, ''}
end
if held[1] ~= code_mac then
  redis.call('HINCRBY', code, 'wrong_tries', 1)
  redis.call('HSET', code, 'try ' .. call, 'wrong')
  return {'invalid', now, ''}
end

redis.call('DEL', code)
redis.call('HSET', spent, 'code_mac', code_mac, 'id', held[2], 'expires_at', held[3])
redis.call('PEXPIREAT', spent, held[3])
redis.call('HSET', proof, 'proved_at', whole(now))
redis.call('PEXPIRE', proof, whole(proof_ms))
return {'accepted', now, held[2]}
