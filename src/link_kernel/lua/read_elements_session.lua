-- Read an elements session and what may be done with it.
-- KEYS: session [, customer's index, prefix of the customer's link sessions]
-- Replies {state, now, session fields}: live | missing | expired | revoked | upgraded
--   | link_session_ended
-- include redis_clock
-- include elements_session
local now = now_ms()
local state = session_state(KEYS[1], KEYS[3], now)
return {state, now, redis.call('HGETALL', KEYS[1])}
