-- Count a message to a phone that was never proved, for its site and for the whole deployment.
-- KEYS: such messages, those whose phone was proved since, those of the site, those to the phone,
--   events
-- ARGV: id of this call, most messages, most of one site, window ms, count | look (and count nothing)
-- Replies {verdict, now, wait ms, bound, its messages, names of events…}: admitted | limited
-- An event is told once in a window: near at 80 %, full, unproved where most stay so.
-- include redis_clock
local unproved, proved, of_site, to_phone, events = unpack(KEYS)
local call, most, most_of_site = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local window_ms = tonumber(ARGV[4])
local ENOUGH_TO_TELL = 100
local now = now_ms()
local reply = {'admitted', now, 0, '', 0}

local function tell(event)
  local told = redis.call('HMGET', events, event .. '_at', event .. '_call')
  if not told[1] or tonumber(told[1]) + window_ms <= now then
    redis.call('HSET', events, event .. '_at', whole(now), event .. '_call', call)
    redis.call('PEXPIRE', events, whole(window_ms))
  elseif told[2] ~= call then
    return
  end
  reply[#reply + 1] = event
end

local function full(name, messages, calls)
  local oldest = redis.call('ZRANGE', messages, 0, 0, 'WITHSCORES')
  reply[1], reply[3] = 'limited', whole(tonumber(oldest[2]) + window_ms - now)
  reply[4], reply[5] = name, whole(calls)
  return reply
end

for _, messages in ipairs({unproved, proved, of_site, to_phone}) do
  redis.call('ZREMRANGEBYSCORE', messages, '-inf', whole(now - window_ms))
end
if not redis.call('ZSCORE', unproved, call) then -- else this very command again
  if redis.call('ZCARD', of_site) >= most_of_site then
    return full('otp_hourly_network', of_site, most_of_site)
  end
  if redis.call('ZCARD', unproved) >= most then
    tell('full')
    return full('otp_hourly_all', unproved, most)
  end
  if ARGV[5] == 'look' then
    return reply
  end
  for _, messages in ipairs({unproved, of_site, to_phone}) do
    redis.call('ZADD', messages, whole(now), call)
    redis.call('PEXPIRE', messages, whole(window_ms))
  end
end

local waiting, answered = redis.call('ZCARD', unproved), redis.call('ZCARD', proved)
if waiting * 5 >= most * 4 then
  tell('near')
end
if waiting + answered >= ENOUGH_TO_TELL and waiting > answered then
  tell('unproved')
end
return reply
