-- Publish sessions as revoked to every process that follows the stream.
-- KEYS: stream   ARGV: kept ms, then the ids of sessions and link sessions
-- Replies {verdict, now, replicas}: announced; replicas is -1 where the server does not tell
-- Idempotent: a process that reads an id twice stores it once.
-- include redis_clock
local stream, kept_ms = KEYS[1], tonumber(ARGV[1])
local now = now_ms()

for number = 2, #ARGV do
  redis.call('XADD', stream, '*', 'id', ARGV[number], 'until', whole(now + kept_ms))
end
redis.call('XTRIM', stream, 'MINID', whole(now - kept_ms))
redis.call('PEXPIRE', stream, whole(kept_ms))
local told = redis.pcall('INFO', 'replication') -- an error where a provider hides the command
local replicas = type(told) == 'string' and string.match(told, 'connected_slaves:(%d+)')
return {'announced', now, tonumber(replicas or -1)}
