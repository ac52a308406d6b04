-- The tick: drops sessions that have run out, lets the next ones in from the head of the line, and goes on to return the
-- view. A call before the next tick is due lets nobody in, so any number of gateways may tick. What is too much for one
-- call is left to more of them, of which the first caller makes one after the other.
--
-- ARGV[2], ARGV[3] as above  ARGV[4] tick
-- Returns what the view returns, which follows; or more

local MOST = 200 -- sessions dropped by one call
local CLEAR_EVERY = 1000 -- ms, sessions and bans, however long the interval is
local LARGEST_BATCH = 20000 -- as settings say
local SAMPLES, SAMPLE_EVERY = 181, 5000 -- of the history; ms
local CATCHING_UP = 0.1 -- of an interval by which a tick may come earlier after a late one, of a batch by which it may be larger

local is_due = not room['last-tick'] or clock_went_back or since_last_tick >= room['interval-ms']
  or now >= (room['next-tick'] or math.huge) and since_last_tick >= room['interval-ms'] * (1 - CATCHING_UP)

local more_have_run_out = false

-- The head of the line is looked at block by block until enough people have been found who are there.
local function admit_from_head()
  local wanted = math.min(room['to-admit'] or 0, vacancies())
  local present, from = 0, '-inf'
  local ended = false
  while present < wanted and present < work do
    local next = redis.call('ZRANGEBYSCORE', WAITING, from, '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
    if #next == 0 then
      ended = true
      break
    end
    local block = block_of(tonumber(next[2]))
    present = present + clear_out(block)
    from = digits((block + 1) * BLOCK)
  end
  local places = math.min(present, wanted, math.max(work, 0))
  if places > 0 then
    local head = redis.call('ZRANGE', WAITING, 0, places - 1, 'WITHSCORES')
    local users, tickets, sequences = {}, {}, {}
    for i = 1, #head, 2 do
      users[#users + 1] = head[i]
      tickets[#tickets + 1] = whole(head[i + 1])
      sequences[#sequences + 1] = tonumber(head[i + 1])
    end
    redis.call('ZREMRANGEBYRANK', WAITING, 0, places - 1)
    forget_signs(users, sequences)
    let_in(users, tickets)
  end
  local is_over = not more_have_run_out and (places == wanted or ended and places == present)
  room['to-admit'] = is_over and 0 or room['to-admit'] - places
  redis.call('HSET', STATE, 'to-admit', digits(room['to-admit']))
end

-- The newest mark that is not behind the first who waits tells that one's age: it stays, older ones go.
local function forget_old_marks()
  local first = redis.call('ZRANGE', WAITING, 0, 0, 'WITHSCORES')
  local limit = first[2] and tonumber(first[2]) or math.huge
  local oldest = redis.call('ZRANGE', MARKS, 0, 60)
  local passed = {}
  for i = 1, #oldest - 1 do
    if tonumber(oldest[i + 1]) <= limit then
      passed[#passed + 1] = oldest[i]
    end
  end
  if #passed > 0 then
    redis.call('ZREM', MARKS, unpack(passed))
  end
end

-- What is written by hand and says no time is left to whoever wrote it.
local function lift_bans_that_are_over()
  local bans = redis.call('HGETALL', BANS)
  for i = 1, #bans, 2 do
    local ends = tonumber(string.match(bans[i + 1], '^%d+'))
    if ends and ends <= now then
      redis.call('HDEL', BANS, bans[i])
    end
  end
end

-- For the charts of operators.
local function take_sample()
  if math.abs(now - (room['last-sample'] or 0)) >= SAMPLE_EVERY then
    redis.call('HSET', STATE, 'last-sample', digits(now))
    redis.call('RPUSH', HISTORY, table.concat({
      digits(now), redis.call('ZCARD', WAITING), redis.call('ZCARD', ACTIVE), admitted_in_window(),
    }, ' '))
    redis.call('LTRIM', HISTORY, -SAMPLES, -1)
  end
end

if is_due or goes_on or math.abs(now - (room['last-clearing'] or 0)) >= CLEAR_EVERY then
  redis.call('HSET', STATE, 'last-clearing', digits(now))
  lift_bans_that_are_over()
  local run_out = redis.call('ZRANGEBYSCORE', ACTIVE, '-inf', digits(now), 'LIMIT', 0, MOST)
  leave_active(run_out, 'expired')
  work = work - #run_out
  more_have_run_out = #run_out == MOST
end
if is_due then
  -- Ticks keep to a beat, so that the rate does not depend on how late each of them is.
  local interval = room['interval-ms']
  local next = (room['next-tick'] or now) + interval
  next = math.min(math.max(next, now + interval * (1 - CATCHING_UP)), now + interval)
  room['last-tick'] = now
  -- What the last tick was not given the time for is owed, and let in by and by.
  local batch = room['mode'] == 'OPEN' and LARGEST_BATCH or room['batch']
  local owed = math.min((room['owed'] or 0) + (room['to-admit'] or 0), batch)
  local more = math.floor(math.min(owed, batch * CATCHING_UP))
  room['to-admit'] = batch + more
  redis.call('HSET', STATE, 'last-tick', digits(now), 'next-tick', digits(next), 'owed', digits(owed - more))
end
if is_due or goes_on then
  admit_from_head()
  if room['to-admit'] > 0 or more_have_run_out then
    return {'more'}
  end
  forget_old_marks()
  take_sample()
  redis.call('PUBLISH', EVENTS, 'tick ' .. life .. ' ' .. digits(room['ends'] or 0))
end

