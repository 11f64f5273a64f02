-- Close a session because its frame has signed in; its hash is kept so that a retry gets the same answer.
-- KEYS: session, prefix of the DPoP proofs [, customer's index, prefix of the customer's link
-- sessions]
-- ARGV: keep ms, MAC of the request, new session id, new customer id
-- Replies {verdict, now}: upgraded | revoked | missing
-- include redis_clock
-- include session_index
-- include elements_session
local session, index = KEYS[1], KEYS[3]
local keep_ms, request_mac, new_session, new_customer = tonumber(ARGV[1]), ARGV[2], ARGV[3], ARGV[4]
local now = now_ms()

local held = redis.call('HMGET', session, 'status', 'upgrade_mac', 'id')
if not held[1] then
  return {'missing', now}
end
if held[1] == 'upgraded' and held[2] == request_mac then
  return {'upgraded', now} -- a retry of the same command
end
if held[1] ~= 'live' then
  return {'revoked', now}
end
session_end(session, 'upgraded', 'sign_in', keep_ms, now)
redis.call('HSET', session,
  'upgrade_mac', request_mac, 'upgraded_to', new_session, 'upgraded_customer', new_customer)
if index then
  index_remove(index, held[3], now)
end
return {'upgraded', now}
