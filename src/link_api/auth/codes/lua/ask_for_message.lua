-- Decide whether a message with a code may go out, and with which code (docs/protocol.md#one-time-codes).
-- KEYS: codes of the binding, messages to the contact, networks that proved it, strangers' bucket,
--   keys that hold the contact's codes
-- ARGV: id of this call, a new nonce, secret version, asker, network, the network's /24 or /48,
--   a code's life ms, time in which the same code goes out ms, tries of a message, tries of others,
--   messages of known networks a day, of a stranger's network an hour, of strangers at once,
--   strangers' refill ms, how long a proof counts ms, ' ' and each secret version that is held with a ' '
-- Replies {'sent', now, nonce, secret version, life left ms, wait for the next ms, proved: 0 | 1}
--   or {'limited', now, wait ms, bound, its messages, its window ms}
-- include redis_clock
-- include code_records
local codes_key, messages_key, proved_key, strangers_key, code_keys = unpack(KEYS)
local id, new_nonce, version, asker, network, site = unpack(ARGV, 1, 6)
local life_ms, same_ms, tries, others_tries = unpack(ARGV, 7, 10)
local known_daily, hourly, at_once = tonumber(ARGV[11]), tonumber(ARGV[12]), tonumber(ARGV[13])
local refill_ms, proof_ms, held = tonumber(ARGV[14]), tonumber(ARGV[15]), ARGV[16]
local WAIT_MS, LONG_WAIT_MS, A_MINUTE = 30000, 60000, 5
local now = now_ms()

redis.call('ZREMRANGEBYSCORE', proved_key, '-inf', whole(now - proof_ms))
local proved = redis.call('EXISTS', proved_key)
local allowance = redis.call('ZSCORE', proved_key, site) and 'known' or 'stranger'
local codes = read_codes(codes_key, tonumber(life_ms), now)
local messages = read_messages(messages_key, now)

-- The instant from which the next message may go out, and the bound that holds it back.
local function next_free()
  local all, mine, here = {}, {}, {} -- oldest first
  for _, message in ipairs(messages) do
    all[#all + 1] = message.at
    if message.allowance == allowance then
      mine[#mine + 1] = message.at
      if message.network == network and message.at > now - HOUR_MS then
        here[#here + 1] = message.at
      end
    end
  end
  local free_at, full = now, {}
  local function bound(name, times, most, window_ms)
    local oldest = times[#times - most + 1]
    if oldest and oldest + window_ms > free_at then
      free_at, full = oldest + window_ms, {name, most, window_ms}
    end
  end
  bound('otp_minute', all, A_MINUTE, MINUTE_MS)
  if allowance == 'known' then
    bound('otp_wait', mine, 1, #mine < 2 and WAIT_MS or LONG_WAIT_MS)
    bound('otp_daily', mine, known_daily, DAY_MS)
    return free_at, full
  end
  bound('otp_wait', mine, 1, WAIT_MS)
  bound('otp_wait', here, 1, WAIT_MS * 2 ^ math.min(math.max(#here - 1, 0), 3))
  bound('otp_hourly', here, hourly, HOUR_MS)
  local full_at = tonumber(redis.call('HGET', strangers_key, 'full_at') or 0)
  if full_at - (at_once - 1) * refill_ms > free_at then
    free_at, full = full_at - (at_once - 1) * refill_ms, {'otp_strangers', at_once, at_once * refill_ms}
  end
  return free_at, full
end

local function sent(nonce)
  local code = codes[nonce] or {version = version, ends_at = now}
  return {'sent', now, nonce, code.version, whole(code.ends_at - now), whole(next_free() - now), proved}
end

for _, message in ipairs(messages) do
  if message.id == id then
    return sent(message.nonce) -- this very command again: the client resent it after a lost reply
  end
end

local free_at, full = next_free()
if free_at > now then
  return {'limited', now, whole(free_at - now), full[1], whole(full[2]), whole(full[3])}
end

local nonce = new_nonce
for _, code in pairs(codes) do
  local is_held = string.find(held, ' ' .. code.version .. ' ', 1, true)
  if is_held and not code.spent and now < tonumber(code.first_at) + tonumber(same_ms) then
    nonce = code.nonce
  end
end
if nonce == new_nonce then
  redis.call('HSET', codes_key, nonce .. ' first_at', whole(now), nonce .. ' version', version)
  redis.call('PEXPIRE', codes_key, life_ms)
  note_code_key(code_keys, codes_key, life_ms, now)
  codes[nonce] = {version = version, ends_at = now + tonumber(life_ms)}
end
if proved == 1 then -- else another bound may refuse the message: `give_tries` comes after it
  redis.call('HSETNX', codes_key, nonce .. ' others', others_tries)
  redis.call('HINCRBY', codes_key, nonce .. ' by ' .. asker, tries)
end

local member = table.concat({allowance, network, asker, id, nonce}, ' ')
redis.call('ZADD', messages_key, whole(now), member)
redis.call('PEXPIRE', messages_key, whole(DAY_MS))
messages[#messages + 1] = {at = now, allowance = allowance, network = network}
if allowance == 'stranger' then
  local full_at = math.max(tonumber(redis.call('HGET', strangers_key, 'full_at') or 0), now)
  redis.call('HSET', strangers_key, 'full_at', whole(full_at + refill_ms))
  redis.call('PEXPIRE', strangers_key, whole(at_once * refill_ms))
end
return sent(nonce)
