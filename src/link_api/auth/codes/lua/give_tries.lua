-- Give a message's tries to who asked for it, once no bound refuses the message any more: before that
-- its code cannot be tried. A second time changes nothing.
-- KEYS: codes of the binding, messages to the contact
-- ARGV: id of the call, a code's life ms, tries of a message, tries of others
-- Replies {verdict, now}: given | unknown
-- include redis_clock
-- include code_records
local codes_key, messages_key = KEYS[1], KEYS[2]
local id, life_ms, tries, others_tries = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]
local now = now_ms()

for _, message in ipairs(read_messages(messages_key, now)) do
  local code = message.id == id and read_codes(codes_key, life_ms, now)[message.nonce]
  if code then
    if redis.call('HSETNX', codes_key, message.nonce .. ' given ' .. id, 1) == 1 then
      redis.call('HSETNX', codes_key, message.nonce .. ' others', others_tries)
      redis.call('HINCRBY', codes_key, message.nonce .. ' by ' .. message.asker, tries)
    end
    return {'given', now}
  end
end
return {'unknown', now}
