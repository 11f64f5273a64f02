-- Redis's own clock, the only one that decides (epoch milliseconds).
local function now_ms()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- Whole numbers as text: Lua would write large ones with an exponent.
local function whole(number)
  return string.format('%.0f', number)
end
