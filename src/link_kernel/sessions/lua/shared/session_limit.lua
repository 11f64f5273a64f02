-- Session limit per customer: evict the longest-idle session of the business with most sessions, so
-- that no shop evicts another's.
-- `siblings` is the key prefix of the customer's elements sessions.
-- Replies the id of the session that was ended, or an empty string.
local function crowd_out(index, siblings, newest, most, keep_ms, now)
  local live, crowds = 0, {}
  for _, id in ipairs(redis.call('ZRANGE', index, 0, -1)) do
    if string.sub(id, 1, 4) == 'els_' then
      local held = redis.call('HMGET', siblings .. id, 'status', 'idle_expires_at', 'business_id')
      local idle_at = tonumber(held[2] or 0)
      if held[1] == 'live' and idle_at > now then
        live = live + 1
        local crowd = crowds[held[3]] or {count = 0, stalest = '', idle_at = math.huge}
        crowds[held[3]] = crowd
        crowd.count = crowd.count + 1
        if id ~= newest and idle_at < crowd.idle_at then
          crowd.stalest, crowd.idle_at = id, idle_at
        end
      end
    end
  end
  if live <= most then
    return ''
  end
  local leaving = {count = 0, stalest = '', idle_at = math.huge}
  for _, crowd in pairs(crowds) do
    local is_idler = crowd.count == leaving.count and crowd.idle_at < leaving.idle_at
    if crowd.stalest ~= '' and (crowd.count > leaving.count or is_idler) then
      leaving = crowd
    end
  end
  session_end(siblings .. leaving.stalest, 'revoked', 'crowded_out', keep_ms, now)
  index_remove(index, leaving.stalest, now)
  return leaving.stalest
end
