-- Let a DPoP proof serve a request, unless it served another one.
-- KEYS: prefix of the slot's proofs   ARGV: hash of the proof's name, hash of the request
-- Replies {verdict}: claimed | replayed
-- include dpop_proof
return {proof_claimed(KEYS[1], ARGV[1], ARGV[2]) and 'claimed' or 'replayed'}
