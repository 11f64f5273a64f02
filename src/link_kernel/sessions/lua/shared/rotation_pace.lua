-- Rate limit of one session's rotations: at most `most` in any minute. The session's hash counts its
-- rotations and holds the times of the last `most` ones in a circular buffer.
local PACE_MS = 60000

local function pace_slot(session, most)
  local count = tonumber(redis.call('HGET', session, 'rotations') or 0)
  return 'rotated_' .. (count % most) .. '_at'
end

-- Replies 0 when a rotation may happen now, else how many ms to wait.
local function rotation_wait_ms(session, most, now)
  local oldest = tonumber(redis.call('HGET', session, pace_slot(session, most)) or -math.huge)
  return math.max(0, oldest + PACE_MS - now)
end

-- Replies the ms since the latest rotation, 0 before the first one.
local function rotated_ago_ms(session, most, now)
  local count = tonumber(redis.call('HGET', session, 'rotations') or 0)
  local latest = redis.call('HGET', session, 'rotated_' .. ((count - 1) % most) .. '_at')
  return latest and now - tonumber(latest) or 0
end

local function rotation_noted(session, most, now)
  redis.call('HSET', session, pace_slot(session, most), whole(now))
  redis.call('HINCRBY', session, 'rotations', 1)
end
