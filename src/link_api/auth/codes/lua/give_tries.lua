-- Give a message's tries to who asked for it, once no bound refuses the message any more: before that
-- its code cannot be tried. Note where it was counted, since the contact may be proved at another
-- network. A second time changes nothing.
-- KEYS: codes of the binding, messages to the contact, where it counts as unproved
-- ARGV: id of the call, a code's life ms, tries of a message, tries of others, '<network> <site>' of the
--   count, most of these that are kept
-- Replies {verdict, now}: given | unknown
-- include redis_clock
-- include code_records
local codes_key, messages_key, counted_key = KEYS[1], KEYS[2], KEYS[3]
local id, life_ms, tries, others_tries = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local counted_at, kept = ARGV[5], tonumber(ARGV[6])
local now = now_ms()

for _, message in ipairs(read_messages(messages_key, now)) do
  local code = message.id == id and read_codes(codes_key, life_ms, now)[message.nonce]
  if code then
    if redis.call('HSETNX', codes_key, message.nonce .. ' given ' .. id, 1) == 1 then
      redis.call('HSETNX', codes_key, message.nonce .. ' others', others_tries)
      redis.call('HINCRBY', codes_key, message.nonce .. ' by ' .. message.asker, tries)
      redis.call('ZADD', counted_key, whole(now), counted_at)
      redis.call('ZREMRANGEBYRANK', counted_key, 0, -kept - 1)
      redis.call('PEXPIRE', counted_key, whole(HOUR_MS))
    end
    return {'given', now}
  end
end
return {'unknown', now}
