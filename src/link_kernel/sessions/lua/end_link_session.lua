-- End a link session by deleting its key; each elements session of it is rejected at its next call.
-- KEYS: link session, marker of its end, customer's index   ARGV: link session id, keep ms
-- Replies {verdict, now}: ended | already_ended
-- include redis_clock
-- include session_index
local link_session, ended_note, index = KEYS[1], KEYS[2], KEYS[3]
local id, keep_ms = ARGV[1], tonumber(ARGV[2])
local now = now_ms()

local verdict = redis.call('DEL', link_session) == 1 and 'ended' or 'already_ended'
redis.call('SET', ended_note, 'ended', 'PX', whole(keep_ms))
index_remove(index, id, now)
return {verdict, now}
