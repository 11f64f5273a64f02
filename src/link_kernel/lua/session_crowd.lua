-- A customer has room for so many elements sessions; the one idle for longest makes room for a new
-- one. `siblings` is the prefix of the customer's elements sessions.
-- Replies the id of the session that was ended, or an empty string.
local function crowd_out(index, siblings, newest, most, keep_ms, now)
  local live, stalest, stalest_idle_at = 0, '', math.huge
  for _, id in ipairs(redis.call('ZRANGE', index, 0, -1)) do
    if string.sub(id, 1, 4) == 'els_' then
      local held = redis.call('HMGET', siblings .. id, 'status', 'idle_expires_at')
      local idle_at = tonumber(held[2] or 0)
      if held[1] == 'live' and idle_at > now then
        live = live + 1
        if id ~= newest and idle_at < stalest_idle_at then
          stalest, stalest_idle_at = id, idle_at
        end
      end
    end
  end
  if live <= most then
    return ''
  end
  session_end(siblings .. stalest, 'revoked', 'crowded_out', keep_ms, now)
  index_remove(index, stalest, now)
  return stalest
end
