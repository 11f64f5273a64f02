-- Enter a code for one Idempotency-Key; the same key and code again are accepted again.
-- Which code is right the caller computed from the nonces it read just before.
-- KEYS: codes of the binding, messages to the contact, networks that proved it, strangers' bucket,
--   wrong tries of the day, what this key was spent for, where the contact counts as unproved,
--   keys that hold the contact's codes
-- ARGV: id of this call, asker, network, its /24 or /48, a code's life ms, strangers' refill ms,
--   how long a proof counts ms, networks kept, wrong tries a day, those of strangers, those of others,
--   tries of a message, nonce of the right code or '', then the nonces that the entry was compared with
-- Replies {verdict, now, nonce, secret version, first proof: 0 | 1}, if accepted followed by the
--   '<network> <site>' where the contact was counted in the last hour:
--   accepted | invalid | expired | exhausted | key_reused
-- include redis_clock
-- include code_records
local codes_key, messages_key, proved_key, strangers_key = unpack(KEYS, 1, 4)
local tries_key, spent_key, counted_key, code_keys = unpack(KEYS, 5, 8)
local call, asker, network, site = unpack(ARGV, 1, 4)
local life_ms, refill_ms, proof_ms = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local kept, most_tries = tonumber(ARGV[8]), tonumber(ARGV[9])
local most_of_strangers, most_of_others = tonumber(ARGV[10]), tonumber(ARGV[11])
local tries, right, FIRST_COMPARED = tonumber(ARGV[12]), ARGV[13], 14
local now = now_ms()

-- A resent command must tell the same places, so they are left to expire.
local function accepted_reply(nonce, version, first_proof)
  local places = redis.call('ZRANGEBYSCORE', counted_key, whole(now - HOUR_MS), '+inf')
  return {'accepted', now, nonce, version, first_proof, unpack(places)}
end

local earlier = redis.call('HMGET', spent_key, 'nonce', 'version', 'expires_at', 'first_proof')
if earlier[1] and now < tonumber(earlier[3]) then
  if earlier[1] ~= right then
    return {'key_reused', now, earlier[1], earlier[2], 0}
  end
  return accepted_reply(earlier[1], earlier[2], tonumber(earlier[4]))
end

redis.call('ZREMRANGEBYSCORE', tries_key, '-inf', whole(now - DAY_MS))
local tried, tried_by_strangers, tried_by_others = 0, 0, 0
for _, try in ipairs(redis.call('ZRANGE', tries_key, 0, -1)) do
  local by, of = string.match(try, '^(%S+) (%S+)')
  if of == call then
    return {'invalid', now, '', '', 0} -- this very command again: the try is counted already
  end
  tried = tried + 1
  tried_by_strangers = tried_by_strangers + (by == 'known' and 0 or 1)
  tried_by_others = tried_by_others + (by == 'others' and 1 or 0)
end

local codes = read_codes(codes_key, life_ms, now)
if codes[right] and codes[right].spent then
  return {'expired', now, '', '', 0}
end

-- Each code is compared at the cost of a try: of the asker's own, of those that the networks share where
-- the contact was proved (a page loaded anew asks by another session), or of those that all others share.
-- What known networks have is apart: whatever strangers use up, it is left.
redis.call('ZREMRANGEBYSCORE', proved_key, '-inf', whole(now - proof_ms))
local asker_is = redis.call('ZSCORE', proved_key, site) and 'known' or 'asker'
local BY_KNOWN = 'by known'
local pools = {}

local function take_try(by, nonce, field)
  if by ~= 'known' then
    if tried_by_strangers >= most_of_strangers then
      return
    end
    tried_by_strangers = tried_by_strangers + 1
  end
  tried_by_others = tried_by_others + (by == 'others' and 1 or 0)
  pools[#pools + 1] = {nonce = nonce, by = by, field = field}
end

local opened, has_asked = {}, false
for i = FIRST_COMPARED, #ARGV do
  local code = codes[ARGV[i]]
  if code and code.others and not code.spent then
    opened[#opened + 1] = code
    has_asked = has_asked or code['by ' .. asker] ~= nil
  end
end
for _, code in ipairs(opened) do
  local field = 'by ' .. asker
  if asker_is == 'known' and not has_asked then
    field = BY_KNOWN
    code[field] = code[field] or tries
  end
  local own = tonumber(code[field])
  if own then
    if own > 0 then
      take_try(asker_is, code.nonce, field)
    end
  elseif tonumber(code.others) > 0 and tried_by_others < most_of_others then
    take_try('others', code.nonce, 'others')
  end
end
if #opened == 0 then
  return {'expired', now, '', '', 0}
end
if #pools == 0 or tried + #pools > most_tries then
  return {'exhausted', now, '', '', 0}
end

local accepted
for _, pool in ipairs(pools) do
  accepted = accepted or (pool.nonce == right and codes[right]) or nil
end
if not accepted then
  for _, pool in ipairs(pools) do
    if pool.field == BY_KNOWN then
      redis.call('HSETNX', codes_key, pool.nonce .. ' ' .. BY_KNOWN, tries)
    end
    redis.call('HINCRBY', codes_key, pool.nonce .. ' ' .. pool.field, -1)
    redis.call('ZADD', tries_key, whole(now), table.concat({pool.by, call, pool.nonce}, ' '))
  end
  redis.call('PEXPIRE', tries_key, whole(DAY_MS))
  return {'invalid', now, '', '', 0}
end

local first_proof = 1 - redis.call('EXISTS', proved_key)
redis.call('HSET', codes_key, right .. ' spent', 1)
redis.call('HSET', spent_key, 'nonce', right, 'version', accepted.version,
  'expires_at', whole(accepted.ends_at), 'first_proof', first_proof)
redis.call('PEXPIRE', spent_key, whole(accepted.ends_at - now))
note_code_key(code_keys, spent_key, life_ms, now)
redis.call('ZADD', proved_key, whole(now), site)
redis.call('ZREMRANGEBYRANK', proved_key, 0, -kept - 1)
redis.call('PEXPIRE', proved_key, whole(proof_ms))

local messages = read_messages(messages_key, now)
for _, message in ipairs(messages) do
  local is_provers = message.network == network or message.asker == asker
  if is_provers and message.allowance ~= 'returned' then
    return_message(message, messages_key, strangers_key, refill_ms, now)
  end
end
forget_returned(messages, messages_key, now)
return accepted_reply(right, accepted.version, first_proof)
