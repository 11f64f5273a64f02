-- End one elements session.
-- KEYS: session, prefix of the DPoP proofs [, customer's index, prefix of the customer's link
-- sessions]
-- ARGV: session id, reason, keep ms
-- Replies {verdict, now}: ended | already_ended
-- include redis_clock
-- include session_index
-- include elements_session
local session, index = KEYS[1], KEYS[3]
local id, reason, keep_ms = ARGV[1], ARGV[2], tonumber(ARGV[3])
local now = now_ms()

local ended = 'already_ended'
if redis.call('HGET', session, 'status') == 'live' then
  session_end(session, 'revoked', reason, keep_ms, now)
  ended = 'ended'
end
if index then
  index_remove(index, id, now)
end
return {ended, now}
