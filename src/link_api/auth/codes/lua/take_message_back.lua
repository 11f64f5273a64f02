-- Undo `ask_for_message` where a later bound refused the message; a second time changes nothing.
-- KEYS: codes of the binding, messages to the contact, strangers' bucket
-- ARGV: id of the call, a code's life ms, strangers' refill ms
-- Replies {verdict, now}: taken_back | unknown
-- include redis_clock
-- include code_records
local codes_key, messages_key, strangers_key = KEYS[1], KEYS[2], KEYS[3]
local id, life_ms, refill_ms = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local now = now_ms()

local taken
local of_code = 0 -- messages with the code, this one among them
local messages = read_messages(messages_key, now)
for _, message in ipairs(messages) do
  taken = message.id == id and message or taken
end
if not taken then
  return {'unknown', now}
end
give_back(taken, messages_key, strangers_key, refill_ms)
for _, message in ipairs(messages) do
  if message.nonce == taken.nonce then
    of_code = of_code + 1
  end
end

local code = read_codes(codes_key, life_ms, now)[taken.nonce]
if code and of_code == 1 then
  for field in pairs(code) do
    redis.call('HDEL', codes_key, taken.nonce .. ' ' .. field) -- it was never sent
  end
end
return {'taken_back', now}
