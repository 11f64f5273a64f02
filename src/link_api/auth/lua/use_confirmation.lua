-- Find a live confirmation that no other call has used, and use it for a call; the same call again finds
-- the same one, also after its life: the client may have missed the answer.
-- KEYS: what a session has confirmed for the purpose
-- ARGV: hash of the secret that the call presents, what names the call or '', use | look
-- Replies {verdict, id of the contact whose code it was}: confirmed | missing
-- include redis_clock
local confirmations = KEYS[1]
local hash, call, how = unpack(ARGV, 1, 3)
local contact, ends_at, used_by = unpack(redis.call('HMGET', confirmations,
  hash .. ' contact', hash .. ' ends_at', hash .. ' call'))

if used_by and used_by == call then
  return {'confirmed', contact}
end
if not contact or used_by or now_ms() >= tonumber(ends_at) then
  return {'missing', ''}
end
if how == 'use' then
  redis.call('HSET', confirmations, hash .. ' call', call)
end
return {'confirmed', contact}
