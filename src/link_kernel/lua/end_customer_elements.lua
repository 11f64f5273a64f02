-- End every elements session of one customer.
-- KEYS: customer's index, prefix of the customer's elements sessions   ARGV: reason, keep ms
-- Replies {verdict, now, how many were live}: ended
-- include redis_clock
-- include session_index
-- include elements_session
local index, prefix = KEYS[1], KEYS[2]
local reason, keep_ms = ARGV[1], tonumber(ARGV[2])
local now = now_ms()

local ended = 0
for _, id in ipairs(redis.call('ZRANGE', index, 0, -1)) do
  if string.sub(id, 1, 4) == 'els_' then
    local session = prefix .. id
    if redis.call('HGET', session, 'status') == 'live' then
      session_end(session, 'revoked', reason, keep_ms, now)
      ended = ended + 1
    end
    redis.call('ZREM', index, id)
  end
end
index_trim(index, now)
return {'ended', now, ended}
