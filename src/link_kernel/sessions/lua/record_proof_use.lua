-- Record that a DPoP proof serves a request, unless it has served another one (replay).
-- KEYS: the DPoP proof   ARGV: hash of the request
-- The key is the whole one: a Cluster looks for it at both shards while its slot moves.
-- Replies {verdict}: claimed | replayed
-- include dpop_proof
return {request_claimed(KEYS[1], ARGV[1]) and 'claimed' or 'replayed'}
