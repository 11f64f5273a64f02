-- What Redis holds of a contact's codes and messages.
-- Codes of one binding, a hash. Of each code: `<nonce> first_at` (its first message), `<nonce> version`
-- (of the secret it is computed with), `<nonce> others` (tries left to all who did not ask; none until
-- a message with the code goes out), `<nonce> by <asker>` (tries left to one who did), `<nonce> given
-- <id>` (of a message whose tries were given later than it was counted), and `<nonce> spent`.
-- Messages, a sorted set: `<allowance> <network> <asker> <id> <nonce>` → epoch ms. The allowance is
-- known | stranger | returned (its code was proved, or its sender failed: it counts against a minute alone).
local MINUTE_MS, HOUR_MS, DAY_MS = 60000, 3600000, 86400000
local RETURNED_MS = 600000 -- long enough to know a resent command again, and to count a minute

-- The codes of a binding that have not ended, by nonce; those that have are deleted.
local function read_codes(key, life_ms, now)
  local codes, flat = {}, redis.call('HGETALL', key)
  for i = 1, #flat, 2 do
    local nonce, field = string.match(flat[i], '^(%S+) (.*)$')
    codes[nonce] = codes[nonce] or {nonce = nonce}
    codes[nonce][field] = flat[i + 1]
  end
  for nonce, code in pairs(codes) do
    code.ends_at = tonumber(code.first_at or 0) + life_ms
    if code.ends_at <= now then
      for field in pairs(code) do
        redis.call('HDEL', key, nonce .. ' ' .. field)
      end
      codes[nonce] = nil
    end
  end
  return codes
end

-- The messages of the last day, the oldest first.
local function read_messages(key, now)
  redis.call('ZREMRANGEBYSCORE', key, '-inf', whole(now - DAY_MS))
  local messages, flat = {}, redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')
  for i = 1, #flat, 2 do
    local allowance, network, asker, id, nonce =
      string.match(flat[i], '^(%S+) (%S+) (%S+) (%S+) (%S+)$')
    messages[#messages + 1] = {
      member = flat[i], at = tonumber(flat[i + 1]), allowance = allowance,
      network = network, asker = asker, id = id, nonce = nonce,
    }
  end
  return messages
end

-- Strangers share a bucket: `full_at` is when it is full again, one message's share later for each.
local function give_back(message, messages_key, strangers_key, refill_ms)
  redis.call('ZREM', messages_key, message.member)
  if message.allowance == 'stranger' and redis.call('EXISTS', strangers_key) == 1 then
    redis.call('HINCRBY', strangers_key, 'full_at', whole(-refill_ms))
  end
end

local function return_message(message, messages_key, strangers_key, refill_ms, now)
  give_back(message, messages_key, strangers_key, refill_ms)
  if message.at > now - RETURNED_MS then
    local member = {'returned', message.network, message.asker, message.id, message.nonce}
    redis.call('ZADD', messages_key, whole(message.at), table.concat(member, ' '))
    redis.call('PEXPIRE', messages_key, whole(DAY_MS))
  end
end

local function forget_returned(messages, messages_key, now)
  for _, message in ipairs(messages) do
    if message.allowance == 'returned' and message.at <= now - RETURNED_MS then
      redis.call('ZREM', messages_key, message.member)
    end
  end
end

-- A code and what it was spent for lie under keys that nobody could find again: these are noted, so that
-- they can be deleted with the contact.
local function note_code_key(code_keys, key, life_ms, now)
  redis.call('ZREMRANGEBYSCORE', code_keys, '-inf', whole(now - tonumber(life_ms)))
  redis.call('ZADD', code_keys, whole(now), key)
  redis.call('PEXPIRE', code_keys, whole(tonumber(life_ms)))
end
