-- All that is known of one ticket, or of the one that a user holds or held last. Changes nothing.
--
-- ARGV[2] user  ARGV[3] sequence; empty for the ticket of the user
-- Returns missing
--         standing: waiting | active | ended | absent
--         sequence, and that of the ticket which the user holds now (0: none)
--         people ahead (of one who waits)
--         reason of the end, or nothing: completed | left | revoked | expired | lapsed
--         epoch ms, 0 if unknown: joined (to a second), admitted, last sign of life, end of the session, ended

local user, asked = ARGV[2], ARGV[3]
local pass = redis.call('HGET', PASSES, user)
local place = redis.call('ZSCORE', WAITING, user)
local held = pass or (place and digits(tonumber(place))) or '0'
local last, story = last_end(user)
local sequence = asked
if asked == '' then
  sequence = held ~= '0' and held or last or '0'
end

-- The last one given out in an earlier second, or at the beginning of the same one, tells when.
local function time_in(marks)
  local low, high, found = 0, redis.call('ZCARD', marks) - 1, 0
  while low <= high do
    local middle = math.floor((low + high) / 2)
    local mark = redis.call('ZRANGE', marks, middle, middle, 'WITHSCORES')
    if tonumber(mark[1]) <= tonumber(sequence) then
      found = tonumber(mark[2])
      low = middle + 1
    else
      high = middle - 1
    end
  end
  return found
end

local function reply(standing, ahead, reason, times)
  return {
    standing, sequence, held, ahead, reason,
    digits(math.max(time_in(ARRIVALS), time_in(MARKS))),
    times.admitted or '0', times.seen or '0', times.until_ms or '0', times.ended or '0',
  }
end

local function admitted_and_used(turn)
  local admitted, used = string.match(turn or '', '^(%d+) ?(%d*)')
  return admitted, used ~= '' and used or nil
end

if pass == sequence then
  local admitted, used = admitted_and_used(redis.call('HGET', TURNS, user))
  local ends = end_of(redis.call('ZSCORE', ACTIVE, user))
  local times = {admitted = admitted, seen = used, until_ms = digits(ends)}
  if ends > now then
    return reply('active', 0, '', times)
  end
  times.ended = digits(ends)
  return reply('ended', 0, 'expired', times)
end
if place and digits(tonumber(place)) == sequence then
  local sign = redis.call('HGET', signs_in(block_of(tonumber(place))), tonumber(place) % BLOCK)
  local seen = sign and math.min(tonumber(sign) * 1000, now)
  local old = tonumber(redis.call('ZSCORE', SEEN, user) or 0)
  if old % 1 == 0 and old > (seen or 0) then
    seen = old
  end
  return reply('waiting', redis.call('ZRANK', WAITING, user), '', {seen = seen and digits(seen)})
end
if last ~= sequence then
  return reply('absent', 0, '', {})
end
-- Whoever has revoked it by hand may have written down the reason alone.
local reason, ended, turn = string.match(story, '^(%a+) ?(%d*) ?(.*)')
local admitted, used = admitted_and_used(turn)
return reply('ended', 0, reason or 'revoked', {admitted = admitted, seen = used, ended = ended ~= '' and ended or nil})
