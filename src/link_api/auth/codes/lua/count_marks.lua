-- Tell when a contact was proved at each network where a mark of it is kept; nothing is written.
-- KEYS: networks that proved it   ARGV: how long a proof counts ms
-- Replies {verdict, now, instants, the oldest first}: counted
-- include redis_clock
local now = now_ms()
local instants = {}
local marks = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. whole(now - ARGV[1]), '+inf', 'WITHSCORES')
for at = 2, #marks, 2 do
  instants[#instants + 1] = marks[at]
end
return {'counted', now, instants}
