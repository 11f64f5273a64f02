-- Give back what a message took whose sender failed: from now on it counts against its minute alone.
-- Its code stays good, since it may have arrived all the same; what it added to the tries of an earlier
-- message goes, or asking again and again would make guesses of nothing. A second time changes nothing.
-- KEYS: codes of the binding, messages to the contact, strangers' bucket
-- ARGV: id of the call, strangers' refill ms, tries of a message
-- Replies {verdict, now, other messages of the last hour that went out}: returned | unknown
-- include redis_clock
-- include code_records
local codes_key, messages_key, strangers_key = KEYS[1], KEYS[2], KEYS[3]
local id, refill_ms, tries = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local now = now_ms()

local failed
local of_code, others = 0, 0
local messages = read_messages(messages_key, now)
for _, message in ipairs(messages) do
  if message.id == id then
    failed = message
  elseif message.allowance ~= 'returned' and message.at > now - HOUR_MS then
    others = others + 1
  end
end
if not failed then
  return {'unknown', now, others}
end
for _, message in ipairs(messages) do
  of_code = of_code + (message.nonce == failed.nonce and 1 or 0)
end
if failed.allowance ~= 'returned' then
  return_message(failed, messages_key, strangers_key, refill_ms, now)
  local of_asker = failed.nonce .. ' by ' .. failed.asker
  if of_code > 1 and redis.call('HINCRBY', codes_key, of_asker, -tries) <= 0 then
    redis.call('HDEL', codes_key, of_asker) -- as if this one had never asked
  end
end
forget_returned(messages, messages_key, now)
return {'returned', now, others}
