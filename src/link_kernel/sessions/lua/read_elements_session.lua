-- Read an elements session and its state, and record the call's DPoP proof as used by this request.
-- KEYS: session, prefix of the DPoP proofs [, customer's index, prefix of the customer's link
-- sessions]
-- ARGV: hash of the proof's jti, hash of the request
-- Replies {state, now, session fields}: live | missing | expired | revoked | upgraded
--   | link_session_ended | proof_replayed
-- include redis_clock
-- include elements_session
-- include dpop_proof
local session, proofs, links = KEYS[1], KEYS[2], KEYS[4]
local now = now_ms()
local state = session_state(session, links, now)
if not proof_claimed(proofs, ARGV[1], ARGV[2]) then
  state = 'proof_replayed'
end
return {state, now, redis.call('HGETALL', session)}
