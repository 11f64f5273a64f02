-- End sessions of one customer, and name every ended one that its index still holds: who has announced
-- them takes them out of the index, so that nothing ended is forgotten before it was announced.
-- KEYS: customer's index, prefix of the customer's elements sessions, prefix of the customer's link
-- sessions, prefix of the notes that those ended
-- ARGV: what to end (all | elements | login | nothing), reason, keep ms, link session
-- `login` are the elements sessions that hang on the link session; `elements` too, where it is named and
-- has ended.
-- Replies {verdict, now, how many ended by this call, ids}: ended
-- A session whose life was over counts for nothing. With `all`, one that hangs on a login that had ended
-- does not either; with the others that login has just been ended by whoever asks.
-- include redis_clock
-- include session_index
-- include elements_session
local index, elements, links, notes = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local what, reason, keep_ms = ARGV[1], ARGV[2], tonumber(ARGV[3])
local now = now_ms()

if what == 'elements' and ARGV[4] ~= '' and redis.call('EXISTS', links .. ARGV[4]) == 0 then
  what = 'login'
end
local counted_with = what == 'all' and links or nil
index_trim(index, now)
local count, ids = 0, {}
for _, id in ipairs(redis.call('ZRANGE', index, 0, -1)) do
  if string.sub(id, 1, 4) == 'els_' then
    local held = redis.call('HMGET', elements .. id, 'status', 'link_session_id')
    local live = held[1] == 'live'
    if live and (what == 'all' or what == 'elements' or (what == 'login' and held[2] == ARGV[4])) then
      if session_state(elements .. id, counted_with, now) == 'live' then
        count = count + 1
      end
      session_end(elements .. id, 'revoked', reason, keep_ms, now)
      live = false
    end
    if not live then
      table.insert(ids, id)
    end
  else
    local live = redis.call('EXISTS', links .. id) == 1
    if what == 'all' then
      count = count + redis.call('DEL', links .. id)
      redis.call('SET', notes .. id, 'ended', 'PX', whole(keep_ms))
      live = false
    end
    if not live then
      table.insert(ids, id)
    end
  end
end
return {'ended', now, count, ids}
