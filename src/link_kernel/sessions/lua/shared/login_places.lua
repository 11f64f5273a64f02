-- Where a login's tokens were handed out at a refresh: the last few places, each a network and a user
-- agent, so that the use of a copied token is not hidden by the owner's next one.
local MOST_PLACES = 4

local function place_fields(place)
  local name = 'place_' .. place
  return name .. '_at', name .. '_ip', name .. '_user_agent'
end

-- Replies the noted places as a flat list: instant, network, user agent of each.
local function places_noted(session)
  local flat = {}
  for place = 1, MOST_PLACES do
    local held = redis.call('HMGET', session, place_fields(place))
    if held[1] then
      table.insert(flat, held[1])
      table.insert(flat, held[2] or '')
      table.insert(flat, held[3] or '')
    end
  end
  return flat
end

-- A new place takes the room of the one that was used longest ago.
local function note_place(session, ip, user_agent, now)
  local room, oldest = 1, math.huge
  for place = 1, MOST_PLACES do
    local held = redis.call('HMGET', session, place_fields(place))
    if held[1] and held[2] == ip and held[3] == user_agent then
      room = place
      break
    end
    local used_at = tonumber(held[1] or -1)
    if used_at < oldest then
      room, oldest = place, used_at
    end
  end
  local at_field, ip_field, agent_field = place_fields(room)
  redis.call('HSET', session, at_field, whole(now), ip_field, ip, agent_field, user_agent)
end
