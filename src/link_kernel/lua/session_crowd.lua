-- A customer has room for so many elements sessions; the one idle for longest makes room for a new
-- one, of the same business where it has another: no shop may push out the sessions of others.
-- `siblings` is the prefix of the customer's elements sessions.
-- Replies the id of the session that was ended, or an empty string.
local function crowd_out(index, siblings, newest, most, keep_ms, now)
  local business = redis.call('HGET', siblings .. newest, 'business_id')
  local live, own, other = 0, {id = '', idle_at = math.huge}, {id = '', idle_at = math.huge}
  for _, id in ipairs(redis.call('ZRANGE', index, 0, -1)) do
    if string.sub(id, 1, 4) == 'els_' then
      local held = redis.call('HMGET', siblings .. id, 'status', 'idle_expires_at', 'business_id')
      local idle_at = tonumber(held[2] or 0)
      if held[1] == 'live' and idle_at > now then
        live = live + 1
        local stalest = held[3] == business and own or other
        if id ~= newest and idle_at < stalest.idle_at then
          stalest.id, stalest.idle_at = id, idle_at
        end
      end
    end
  end
  if live <= most then
    return ''
  end
  local leaving = own.id ~= '' and own.id or other.id
  session_end(siblings .. leaving, 'revoked', 'crowded_out', keep_ms, now)
  index_remove(index, leaving, now)
  return leaving
end
