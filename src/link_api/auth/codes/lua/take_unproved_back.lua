-- Undo `admit_message` where a later bound refused the message; a second time changes nothing.
-- KEYS: messages to phones never proved, those of the site, those to the phone   ARGV: id of the call
-- Replies {verdict}: taken_back
for _, messages in ipairs(KEYS) do
  redis.call('ZREM', messages, ARGV[1])
end
return {'taken_back'}
