-- List a customer's live sessions, the newest first; nothing is written.
-- KEYS: customer's index, prefix of the customer's elements sessions, prefix of the customer's link
-- sessions
-- ARGV: most link sessions, most elements sessions
-- Replies {verdict, now, rows}: listed
-- A row is {kind, id, created_at, last_used_at, expires_at, user agent, ip, origin, element, business,
-- {instant, ip, user agent, and so on for each place of refresh}}, empty where a kind has no such thing.
-- include redis_clock
-- include elements_session
-- include login_places
local index, elements, links = KEYS[1], KEYS[2], KEYS[3]
local most_links, most_elements = tonumber(ARGV[1]), tonumber(ARGV[2])
local now = now_ms()

local function link_row(id)
  local held = redis.call('HMGET', links .. id,
    'created_at', 'last_used_at', 'expires_at', 'user_agent', 'ip', 'origin')
  if not held[3] or tonumber(held[3]) <= now then
    return nil
  end
  return {'link', id, held[1], held[2] or held[1], held[3], held[4] or '', held[5] or '',
    held[6] or '', '', '', places_noted(links .. id)}
end

-- A session is used when it is born and at each rotation, of which its hash holds the last ones.
local function element_row(id)
  if session_state(elements .. id, links, now) ~= 'live' then
    return nil
  end
  local flat, held, used_at = redis.call('HGETALL', elements .. id), {}, 0
  for at = 1, #flat, 2 do
    held[flat[at]] = flat[at + 1]
    if string.find(flat[at], '^rotated_%d+_at$') then
      used_at = math.max(used_at, tonumber(flat[at + 1]))
    end
  end
  used_at = math.max(used_at, tonumber(held.created_at))
  return {'element', id, held.created_at, whole(used_at), held.expires_at, '', '',
    held.parent_origin, held.element, held.business_id, {}}
end

local function newest_first(one, other)
  local one_at, other_at = tonumber(one[3]), tonumber(other[3])
  return one_at > other_at or (one_at == other_at and one[2] < other[2])
end

-- Add the newest of one kind to the rows, at most so many.
local function add_newest(rows, found, most)
  table.sort(found, newest_first)
  for place = 1, math.min(#found, most) do
    table.insert(rows, found[place])
  end
end

local live_links, live_elements = {}, {}
for _, id in ipairs(redis.call('ZRANGE', index, 0, -1)) do
  if string.sub(id, 1, 4) == 'els_' then
    table.insert(live_elements, element_row(id))
  else
    table.insert(live_links, link_row(id))
  end
end
local rows = {}
add_newest(rows, live_links, most_links)
add_newest(rows, live_elements, most_elements)
table.sort(rows, newest_first)
return {'listed', now, rows}
