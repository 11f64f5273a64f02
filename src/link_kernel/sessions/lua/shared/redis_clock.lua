-- The clock of the Redis server (epoch milliseconds): scripts compare with no other clock.
local function now_ms()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- Integers as text: Lua itself would write large ones with an exponent.
local function whole(number)
  return string.format('%.0f', number)
end
