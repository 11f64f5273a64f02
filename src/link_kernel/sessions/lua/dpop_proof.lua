-- A DPoP proof serves one request: met again with the request's own hash it is that request, sent twice.
-- `proofs` is the prefix of the slot's proofs; an empty `jti_hash` stands for a call without one.
-- A proof is fresh for 120 s by one clock; replicas' clocks may differ by half as much again.
local PROOF_KEPT_MS = 180000

local function proof_claimed(proofs, jti_hash, request_hash)
  if jti_hash == '' then
    return true
  end
  local claim = proofs .. jti_hash
  if redis.call('SET', claim, request_hash, 'NX', 'PX', PROOF_KEPT_MS) then
    return true
  end
  return redis.call('GET', claim) == request_hash
end
