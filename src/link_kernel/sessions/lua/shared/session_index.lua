-- The index of a customer's sessions: trimmed at each write; it expires with its last session.
local function index_trim(index, now)
  redis.call('ZREMRANGEBYSCORE', index, '-inf', whole(now))
  local last = redis.call('ZREVRANGE', index, 0, 0, 'WITHSCORES')
  if last[2] then
    redis.call('PEXPIREAT', index, whole(tonumber(last[2])))
  end
end

local function index_add(index, id, expires_at, now)
  redis.call('ZADD', index, whole(expires_at), id)
  index_trim(index, now)
end

local function index_remove(index, id, now)
  redis.call('ZREM', index, id)
  index_trim(index, now)
end
