-- Lengthens one session to at least the given time from now, within max-session.
--
-- ARGV[2] user  ARGV[3] sequence  ARGV[4] ms from now
-- Returns missing, absent, or active and the end of the session, epoch ms

local user, sequence = ARGV[2], ARGV[3]
local until_ms = end_of(redis.call('ZSCORE', ACTIVE, user))
if redis.call('HGET', PASSES, user) ~= sequence or until_ms <= now then
  return {'absent'}
end
until_ms = math.max(until_ms, at_most(now + tonumber(ARGV[4]), redis.call('HGET', TURNS, user)))
redis.call('ZADD', ACTIVE, digits(until_ms), user)
return {'active', digits(until_ms)}
