-- Delete a contact's marks and codes, spent ones too; a second time changes nothing.
-- Messages and wrong tries stay counted: they protect whoever has the phone, for a day at most.
-- KEYS: keys that hold its codes, networks that proved it
-- Replies {verdict}: forgotten
for _, key in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  redis.call('DEL', key)
end
redis.call('DEL', KEYS[1])
redis.call('DEL', KEYS[2])
return {'forgotten'}
