-- Delete a contact's codes, spent ones too, and its marks where they are named; a second time changes nothing.
-- Messages and wrong tries stay counted: they protect whoever has the phone, for a day at most.
-- KEYS: keys that hold its codes, networks that proved it or none
-- Replies {verdict}: forgotten
for _, key in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  redis.call('DEL', key)
end
redis.call('DEL', unpack(KEYS))
return {'forgotten'}
