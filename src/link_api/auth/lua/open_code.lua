-- Store a new code for a contact and binding, within the limits of docs/protocol.md#limits.
-- KEYS: open code, codes sent, proof of the contact
-- ARGV: id of this code, MAC of the code, network, life ms, first wait ms, longest wait ms,
--   a network's codes an hour, a network's a day, all codes a day
-- Replies {verdict, now, wait ms, bound, its codes, its window ms}: opened | limited
-- The bound is the one to wait for: otp_wait | otp_hourly | otp_daily | otp_daily_all
-- include redis_clock
local code, sent, proof = KEYS[1], KEYS[2], KEYS[3]
local id, code_mac, network = ARGV[1], ARGV[2], ARGV[3]
local life_ms = tonumber(ARGV[4])
local first_wait_ms, longest_wait_ms = tonumber(ARGV[5]), tonumber(ARGV[6])
local network_hourly, network_daily, all_daily =
  tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
local HOUR_MS, DAY_MS = 3600000, 86400000
local now = now_ms()

local member = id .. ' ' .. network
if redis.call('ZSCORE', sent, member) then
  return {'opened', now, 0} -- this very command again: the client resent it after a lost reply
end

redis.call('ZREMRANGEBYSCORE', sent, '-inf', whole(now - DAY_MS))
local proved_at = tonumber(redis.call('HGET', proof, 'proved_at') or 0)
local all, here, unanswered = {}, {}, 0 -- newest first
local history = redis.call('ZREVRANGE', sent, 0, -1, 'WITHSCORES')
for i = 1, #history, 2 do
  local at = tonumber(history[i + 1])
  all[#all + 1] = at
  if string.match(history[i], ' (.*)$') == network then
    here[#here + 1] = at
  end
  if at > proved_at then
    unanswered = unanswered + 1
  end
end

local free_at, full = now, {}
local function bound(name, times, most, window_ms)
  if times[most] and times[most] + window_ms > free_at then
    free_at, full = times[most] + window_ms, {name, most, window_ms}
  end
end
local doublings = math.max(unanswered - 1, 0)
bound('otp_wait', all, 1, math.min(first_wait_ms * 2 ^ doublings, longest_wait_ms))
bound('otp_hourly', here, network_hourly, HOUR_MS)
bound('otp_daily', here, network_daily, DAY_MS)
bound('otp_daily_all', all, all_daily, DAY_MS)
if free_at > now then
  return {'limited', now, whole(free_at - now), full[1], whole(full[2]), whole(full[3])}
end

redis.call('DEL', code)
redis.call('HSET', code,
  'id', id, 'code_mac', code_mac, 'wrong_tries', 0, 'expires_at', whole(now + life_ms))
redis.call('PEXPIRE', code, whole(life_ms))
redis.call('ZADD', sent, whole(now), member)
redis.call('PEXPIRE', sent, whole(DAY_MS))
return {'opened', now, 0}
