-- Find a live confirmation that no other call has used, and use it for a call; the same call again finds
-- the same one, also after its life: the client may have missed the answer.
-- KEYS: what a session has confirmed for the purpose
-- ARGV: what names the call or '', use | look
-- Replies {verdict, id of the contact whose code it was}: confirmed | missing
-- include redis_clock
local confirmations, call, how = KEYS[1], ARGV[1], ARGV[2]
local now = now_ms()

local notes, flat = {}, redis.call('HGETALL', confirmations)
for i = 1, #flat, 2 do
  local nonce, field = string.match(flat[i], '^(%S+) (%S+)$')
  notes[nonce] = notes[nonce] or {}
  notes[nonce][field] = flat[i + 1]
end

local free
for nonce, note in pairs(notes) do
  if note.call and note.call == call then
    return {'confirmed', note.contact}
  end
  if not note.call and now < tonumber(note.ends_at) then
    free = nonce
  end
end
if not free then
  return {'missing', ''}
end
if how == 'use' then
  redis.call('HSET', confirmations, free .. ' call', call)
end
return {'confirmed', notes[free].contact}
