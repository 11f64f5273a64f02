-- Store the contact for which a live session requested a one-time code; the last request counts.
-- KEYS: session, prefix of the DPoP proofs [, customer's index, prefix of the customer's link
-- sessions]
-- ARGV: MAC of the contact
-- Replies {state, now}: live | missing | expired | revoked | upgraded | link_session_ended
-- include redis_clock
-- include elements_session
local now = now_ms()
local state = session_state(KEYS[1], KEYS[4], now)
if state == 'live' then
  redis.call('HSET', KEYS[1], 'otp_contact', ARGV[1])
end
return {state, now}
