-- Replay check of DPoP proofs: a proof serves one request, and a retry of that request by its hash.
-- `proofs` is the key prefix of the partition's proofs; an empty `jti_hash` means a call without proof.
-- A proof is fresh for 120 s by one clock; the clocks of our processes may differ by 60 s more.
local PROOF_KEPT_MS = 180000

-- `claim` is the key of one proof.
local function request_claimed(claim, request_hash)
  if redis.call('SET', claim, request_hash, 'NX', 'PX', PROOF_KEPT_MS) then
    return true
  end
  return redis.call('GET', claim) == request_hash
end

local function proof_claimed(proofs, jti_hash, request_hash)
  return jti_hash == '' or request_claimed(proofs .. jti_hash, request_hash)
end
