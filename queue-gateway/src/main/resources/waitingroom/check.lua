-- Where tickets stand.
--
-- ARGV[2..] user, sequence; at most 500 of these pairs
-- Returns missing, or for each pair
--         active,  end of the session, epoch ms
--         waiting, people ahead
--         ended,   reason: completed | left | revoked | expired | lapsed
--         absent,  0

local function look(user, sequence)
  if redis.call('HGET', PASSES, user) == sequence then
    local until_ms = end_of(redis.call('ZSCORE', ACTIVE, user))
    if until_ms > now then
      return 'active', digits(until_ms)
    end
    return 'ended', 'expired'
  end
  local place = redis.call('ZSCORE', WAITING, user)
  if place and whole(place) == sequence then
    return 'waiting', redis.call('ZRANK', WAITING, user)
  end
  local last, story = last_end(user)
  if last == sequence then
    return 'ended', string.match(story, '^%a+') or 'revoked'
  end
  return 'absent', 0
end

local reply = {}
for i = 2, #ARGV, 2 do
  reply[i - 1], reply[i] = look(ARGV[i], ARGV[i + 1])
end
return reply
