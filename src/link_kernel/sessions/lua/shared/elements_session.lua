-- The state of an elements session, from its hash. `links` is the key prefix of the customer's link
-- sessions (same partition); it is nil for a guest, who has none.
-- Replies: missing | revoked | upgraded | expired | link_session_ended | live
local function session_state(session, links, now)
  local held = redis.call('HMGET', session,
    'status', 'idle_expires_at', 'expires_at', 'link_session_id')
  if not held[1] then
    return 'missing'
  end
  if held[1] ~= 'live' then
    return held[1]
  end
  if now >= tonumber(held[2]) or now >= tonumber(held[3]) then
    return 'expired'
  end
  if links and redis.call('EXISTS', links .. held[4]) == 0 then
    return 'link_session_ended'
  end
  return 'live'
end

-- End a session; its hash is kept for `keep_ms`, so that "revoked" can be told from "expired".
local function session_end(session, status, reason, keep_ms, now)
  redis.call('HSET', session, 'status', status, 'ended_at', whole(now), 'ended_reason', reason)
  redis.call('PEXPIREAT', session, whole(now + keep_ms))
end
