-- The refresh rule (docs/protocol.md#refresh-rule): the outcome for a presented generation and key.
-- Replies: rotated | key_reused | replayed | reused | recovered
local function rotation_verdict(presented, current, key_hash, made_by)
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
  return 'reused'
end
