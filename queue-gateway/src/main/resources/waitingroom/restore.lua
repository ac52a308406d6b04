-- Puts back those who held a place before a loss: sessions that a gateway vouches for, and signed tickets at their
-- own sequence, in front of everybody who came later. Of those of an earlier epoch only whoever a gateway knew to
-- wait, or could not know of: what had gone in, left or lapsed is over, and so is all where no gateway knows, for
-- who has kept old tickets would stand in front of who has waited all day. Where a session finds no room, because
-- an end has been lost as well, its ticket waits.
--
-- ARGV[2..] user, sequence, end of the session (epoch ms; 0 for one who waited); at most 500 triples
-- Returns   missing, or ok and for each triple
--             active, end of the session | waiting, 0 | ended, 0
--             later, 0       a gateway may be about to tell more of the epoch before, or Redis is full

local vacant = room['capacity'] - redis.call('ZCARD', ACTIVE)
local reply = {'ok'}
local function answer(standing, value)
  reply[#reply + 1] = standing
  reply[#reply + 1] = value
end
local handing_over = (room['handing-over-until'] or 0) > now
local former, before, gone, dense, heard_until

-- Who came after every roll call comes back, and so does everybody where no gateway has called one.
local function was_heard(sequence)
  if redis.call('GETBIT', HEARD .. math.floor(sequence / 32768), sequence % 32768) == 1 then
    return true
  end
  heard_until = heard_until or tonumber(redis.call('GET', HEARD .. 'until') or 0)
  return sequence > heard_until and not handing_over
end
local function waited(text)
  local sequence = tonumber(text)
  if sequence > room['epoch'] * 1000 then
    return true -- of this epoch: lost with the newest writes of another server
  end
  if not former then
    former = redis.call('GET', FORMER) or ''
    before, gone, dense = string.match(former, '^%d+ (%d+) (%d+) (%d+) ')
  end
  if not before or sequence <= tonumber(before) then
    return false
  end
  if sequence > tonumber(dense) then
    return was_heard(sequence)
  end
  return sequence <= tonumber(gone) -- went in just now, and nobody has heard of it
    or string.find(former, ' ' .. text .. ' ', 1, true)
end
-- No tick has dropped that session yet, and nothing tells of its end.
local function has_run_out(user, sequence)
  return tonumber(sequence) <= tonumber(redis.call('HGET', PASSES, user) or 0)
end
for i = 2, #ARGV, 3 do
  local user, sequence, until_ms = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2])
  local current = end_of(redis.call('ZSCORE', ACTIVE, user))
  local place = tonumber(redis.call('ZSCORE', WAITING, user) or math.huge)
  if has_ended(user, sequence) then
    answer('ended', 0)
  elseif current > now then
    if redis.call('HGET', PASSES, user) == sequence then
      if until_ms > current then
        redis.call('ZADD', ACTIVE, digits(until_ms), user)
      end
      answer('active', digits(math.max(current, until_ms)))
    else
      answer('ended', 0) -- in already, on another ticket
    end
  elseif until_ms > now and vacant > 0 then
    vacant = vacant - 1
    redis.call('ZREM', WAITING, user)
    if place < math.huge then
      forget_signs({user}, {place})
    end
    redis.call('ZADD', ACTIVE, digits(until_ms), user)
    redis.call('HSET', PASSES, user, sequence)
    redis.call('HSET', TURNS, user, digits(now)) -- when it began is lost
    if until_ms <= now + room['claim-timeout-ms'] then
      redis.call('SADD', UNCLAIMED, user) -- whether it was used is lost too
    end
    redis.call('HINCRBY', RATE, second, 1) -- when it was is lost: a minute from now at the latest
    room['cursor'] = math.max(room['cursor'] or 0, tonumber(sequence))
    answer('active', digits(until_ms))
  elseif until_ms <= now and (until_ms > 0 or current > 0 and has_run_out(user, sequence)) then
    answer('ended', 0)
  elseif until_ms == 0 and not waited(sequence) then
    answer(handing_over and 'later' or 'ended', 0)
  elseif full and until_ms == 0 and place == math.huge then
    answer('later', 0)
  else
    if tonumber(sequence) < place then
      redis.call('ZADD', WAITING, sequence, user)
      if place < math.huge then
        forget_signs({user}, {place})
      end
      place = tonumber(sequence)
      redis.call('ZADD', QUIET, 'NX', second, digits(block_of(place)))
      if place <= room['epoch'] * 1000 then
        redis.call('ZADD', MARKS, digits(math.min(room['epoch'], now)), 0) -- when they came is lost: not before it began
      end
    end
    redis.call('HSET', signs_in(block_of(place)), place % BLOCK, in_seconds(now))
    if old_gateways then
      redis.call('ZADD', SEEN, digits(now), user)
    end
    answer(tonumber(sequence) <= place and 'waiting' or 'ended', 0)
  end
end
redis.call('HSET', STATE, 'cursor', digits(room['cursor'] or 0))
return reply
