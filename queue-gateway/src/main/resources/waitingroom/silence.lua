-- Who has been silent for too long, for those scripts that drop them: block by block, and no more in one call than is
-- soon done. Silence is forgiven when nobody could be heard.
--
-- ARGV[2] ms within which whoever waits must give a first sign of life, to a second
-- ARGV[3] 1 to go on with what was too much for one call, 0 to begin

local LAPSED = 'lapsed'
local goes_on = ARGV[3] == '1'
local stories = goes_on and 0 or 500 -- are remembered of those who are dropped; of so many at once no more

-- What one call may do, in tens of µs or so.
local work = 400
local A_LOOK, A_BLOCK = 8, 6

local clock_went_back = since_last_tick < 0
local is_tick = ARGV[4] == 'tick'

-- All who are inside are looked at, which takes longer the more they are: not where the clock has only hesitated.
local function put_sessions_back()
  for _, user in ipairs(redis.call('ZRANGE', ACTIVE, 0, -1)) do
    redis.call('ZINCRBY', ACTIVE, digits(since_last_tick), user)
    if room['max-session-ms'] > 0 then
      local turn = string.gsub(redis.call('HGET', TURNS, user) or '', '%d+', function(at)
        return digits(tonumber(at) + since_last_tick)
      end)
      redis.call('HSET', TURNS, user, turn)
    end
  end
end

-- Of those after a second. Rather a second too late than too early. In two steps: where one comes to, another may not
-- have left yet.
local function put_rate(after, by_ms)
  local seconds, moved = redis.call('HGETALL', RATE), {}
  for i = 1, #seconds, 2 do
    if tonumber(seconds[i]) > after then
      redis.call('HDEL', RATE, seconds[i])
      table.insert(moved, i)
    end
  end
  for _, i in ipairs(moved) do
    redis.call('HINCRBY', RATE, seconds[i] + math.ceil(by_ms / 1000), seconds[i + 1])
  end
end

-- What lasts until some time lasts as long as before when the clock is put back; who came later than it is now, came
-- now. The tick sees to that.
if clock_went_back and is_tick then
  if since_last_tick < -A_JUMP then
    put_sessions_back()
  end
  put_rate(second, since_last_tick)
  for _, field in ipairs({'recovering-until', 'graceful-until', 'handing-over-until', 'lost-until'}) do
    room[field] = (room[field] or 0) + since_last_tick
    redis.call('HSET', STATE, field, digits(room[field]))
  end
  recovering = room['recovering-until'] > now
  for _, key in ipairs({MARKS, ARRIVALS}) do
    local first = redis.call('ZRANGEBYSCORE', key, '(' .. digits(now), '+inf', 'LIMIT', 0, 1)
    if first[1] then
      redis.call('ZREMRANGEBYSCORE', key, '(' .. digits(now), '+inf')
      redis.call('ZADD', key, digits(now), first[1])
    end
  end
  room['last-tick'] = now
  redis.call('HSET', STATE, 'last-mark', 0, 'last-tick', digits(now))
end

-- Without ticks no sign of life was taken down either: all who wait get the time to poll once. A hiccup is no
-- reason for that: it costs nobody the place, and under grace turns go to those who have long gone.
if tick_is_late then
  room['graceful-until'] = now + GRACE
  redis.call('HSET', STATE, 'graceful-until', digits(room['graceful-until']))
end
-- Or the clock was put forward, which nothing here tells from that: those of the minute before are those of this one.
if tick_is_late and is_tick then
  put_rate(0, since_last_tick - room['interval-ms'])
  recovering = (room['recovering-until'] or 0) > now
end
local graceful = recovering or (room['graceful-until'] or 0) > now

-- The first sequence that came, or may have come, less than so many ms ago, and epoch ms at which it did: whoever came
-- between two marks came less than a second after the first of them. Nothing if all came earlier than that.
local function first_after(ms)
  local following = redis.call('ZRANGEBYSCORE', MARKS, '(' .. digits(now - ms - 1000), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
  return tonumber(following[1]), tonumber(following[2])
end

local silent_since, strangers_before, stranger_since = 0, 0, second
if not graceful then
  local first_sign = tonumber(ARGV[2])
  local first, at = first_after(first_sign)
  silent_since = now - room['idle-timeout-ms']
  strangers_before = first or math.huge
  stranger_since = ((at or now) + first_sign + 1000 - room['idle-timeout-ms']) / 1000
  -- A first sign may have been lost with the newest writes of a server: the next one comes within half of idle-timeout.
  local next_sign_until = (room['lost-until'] or 0) - LOST_FOR + room['idle-timeout-ms'] / 2
  if now < next_sign_until then
    strangers_before, stranger_since = 0, (next_sign_until - room['idle-timeout-ms']) / 1000
  end
end

-- Those of before the clock was put back.
local function put_signs_back(block)
  local signs = redis.call('HGETALL', signs_in(block))
  for i = 1, #signs, 2 do
    if tonumber(signs[i + 1]) > second + 1 then
      redis.call('HSET', signs_in(block), signs[i], second)
    end
  end
end

-- Drops all the silent of one block of places, and returns how many are left. Where they are all the same, it looks at
-- nobody. Of strangers, who were never seen after they had joined, nothing is remembered, nor of too many at once.
local function clear_out(block)
  local low, high = digits(block * BLOCK), digits(block * BLOCK + BLOCK - 1)
  local here = redis.call('ZCOUNT', WAITING, low, high)
  if here == 0 then
    forget_block(block)
    return 0
  end
  work = work - A_LOOK
  local seconds, oldest, newest = redis.call('HVALS', signs_in(block)), math.huge, 0
  local seen = #seconds
  if seen > 0 then
    oldest, newest = math.min(unpack(seconds)), math.max(unpack(seconds))
  end
  if newest > second + 1 then
    put_signs_back(block)
    return clear_out(block)
  end
  local all_seen_lately = seen == 0 or oldest * 1000 > silent_since
  local no_strangers_due = seen == here or block * BLOCK >= strangers_before
  if all_seen_lately and no_strangers_due and not old_signs then
    redis.call('ZADD', QUIET, math.min(oldest, seen < here and stranger_since or math.huge, second + 1), digits(block))
    return here
  end
  local all_strangers = seen == 0 and block * BLOCK + BLOCK <= strangers_before
  local all_silent = seen == here and newest * 1000 <= silent_since
  if not old_signs and (all_strangers or all_silent and stories < here) then
    work = work - A_BLOCK
    count(LAPSED, redis.call('ZREMRANGEBYSCORE', WAITING, low, high))
    forget_block(block)
    return 0
  end

  work = work - A_LOOK
  local signs, users, old = {}, {}, {}
  local fields = redis.call('HGETALL', signs_in(block))
  for i = 1, #fields, 2 do
    signs[tonumber(fields[i])] = tonumber(fields[i + 1])
  end
  local people = redis.call('ZRANGEBYSCORE', WAITING, low, high, 'WITHSCORES')
  if old_signs then
    for i = 1, #people, 2 do
      users[#users + 1] = people[i]
    end
    old = redis.call('ZMSCORE', SEEN, unpack(users))
  end
  local gone, their_signs, bound = {}, {}, second + 1
  for i = 1, #people, 2 do
    local user, sequence = people[i], tonumber(people[i + 1])
    local sign = signs[sequence % BLOCK]
    local was = tonumber(old[(i + 1) / 2] or 0)
    if was > 0 and was % 1 == 0 then
      sign = math.max(sign or 0, in_seconds(was))
    end
    if sign and sign * 1000 > silent_since or not sign and sequence >= strangers_before then
      bound = math.min(bound, sign or stranger_since)
    else
      gone[#gone + 1] = user
      if sign then
        their_signs[#their_signs + 1] = sequence % BLOCK
        if stories > 0 then
          remember(user, digits(sequence), LAPSED)
          stories = stories - 1
        end
      end
    end
  end
  if #gone > 0 then
    redis.call('ZREM', WAITING, unpack(gone))
    count(LAPSED, #gone)
    if old_signs then
      redis.call('ZREM', SEEN, unpack(gone))
    end
  end
  work = work - #gone
  if #gone == here then
    forget_block(block)
    return 0
  end
  if #their_signs > 0 then
    redis.call('HDEL', signs_in(block), unpack(their_signs))
  end
  redis.call('ZADD', QUIET, bound, digits(block))
  return here - #gone
end
