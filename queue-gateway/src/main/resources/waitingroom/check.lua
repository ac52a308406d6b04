-- Where one ticket stands.
--
-- ARGV[2] user  ARGV[3] sequence
-- Returns missing
--         active,  end of the session, epoch ms
--         waiting, people ahead
--         ended,   reason: completed | left | revoked | expired | lapsed
--         absent,  0

if not room['epoch'] then
  return {'missing'}
end
local user, sequence = ARGV[2], ARGV[3]
if redis.call('HGET', PASSES, user) == sequence then
  local until_ms = tonumber(redis.call('ZSCORE', ACTIVE, user) or 0)
  if until_ms > now then
    return {'active', digits(until_ms)}
  end
  return {'ended', 'expired'}
end
local place = redis.call('ZSCORE', WAITING, user)
if place and digits(tonumber(place)) == sequence then
  return {'waiting', redis.call('ZRANK', WAITING, user)}
end
local last, story = last_end(user)
if last == sequence then
  return {'ended', string.match(story, '^%a+')}
end
return {'absent', 0}
