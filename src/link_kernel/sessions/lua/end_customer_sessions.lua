-- End sessions of one customer, and reply the ids of all ended sessions that are still in its index.
-- The caller removes them from the index after publishing them, so that none is lost before that.
-- KEYS: customer's index, prefix of the customer's elements sessions, prefix of the customer's link
-- sessions, prefix of the markers of their end
-- ARGV: what to end (all | elements | login | nothing), reason, keep ms, link session
-- `login` means the elements sessions of the link session; so does `elements` where a link session is
-- given and has ended.
-- Replies {verdict, now, how many ended by this call, ids}: ended
-- An expired session is not counted. With `all`, an elements session whose link session had ended is not
-- counted either; otherwise it is, because the caller itself has just ended that link session.
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
