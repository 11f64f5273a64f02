-- Record that a DPoP proof serves a request, unless it has served another one (replay).
-- KEYS: prefix of the DPoP proofs   ARGV: hash of the proof's jti, hash of the request
-- Replies {verdict}: claimed | replayed
-- include dpop_proof
return {proof_claimed(KEYS[1], ARGV[1], ARGV[2]) and 'claimed' or 'replayed'}
