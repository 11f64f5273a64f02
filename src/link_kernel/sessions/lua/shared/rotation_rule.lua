-- The refresh rule (docs/protocol.md#refresh-rule): the outcome for a presented generation and key.
-- The keys that spent the four generations before the last one are kept as 16 hex digits of their
-- hash, each in a field of its own (a value above 64 bytes would cost the whole hash its compact form).
local KEPT_KEYS = 4
local KEPT_HEX = 16

local function spent_field(generation)
  return 'spent_' .. generation % KEPT_KEYS
end

-- Whether this very key spent this generation, some rotations ago.
local function was_spent_by(session, generation, current, key_hash)
  if generation >= current - 1 or generation < current - 1 - KEPT_KEYS then
    return false
  end
  local kept = redis.call('HGET', session, spent_field(generation))
  return kept == string.sub(key_hash, 1, KEPT_HEX)
end

-- Replies: rotated | key_reused | replayed | superseded | reused | recovered
local function rotation_verdict(session, presented, current, key_hash, made_by)
  if presented > current then
    return 'recovered' -- the token's MAC is genuine, so the store lost a write in a failover
  end
  if presented == current then
    if key_hash == made_by then
      return 'key_reused'
    end
    return 'rotated'
  end
  if presented == current - 1 and key_hash == made_by then
    return 'replayed'
  end
  if was_spent_by(session, presented, current, key_hash) then
    return 'superseded' -- a repeat that came late: whoever sent it has moved on, or was robbed
  end
  return 'reused'
end

-- Make the successor of generation `spent` the current one; `made_by` made the one before.
local function rotation_stored(session, spent, current, key_hash, made_by)
  if current > 0 then
    redis.call('HSET', session, spent_field(current - 1), string.sub(made_by, 1, KEPT_HEX))
  end
  for lost = math.max(current, spent - KEPT_KEYS), spent - 1 do
    redis.call('HDEL', session, spent_field(lost)) -- its key went with the write that was lost
  end
  redis.call('HSET', session, 'generation', whole(spent + 1), 'key_hash', key_hash)
end
