-- The tick: drops sessions that have run out, lets the next ones in from the head of the line, clears
-- out a bounded number of those who are gone, and goes on to return the view. A call earlier than
-- interval after the last one lets nobody in, so any number of gateways may tick; those who are gone it clears out
-- once a second.
--
-- ARGV[2] as for the view, which follows

local MOST = 500 -- dropped for each reason, and looked at by one command
local STRANGERS = 12 -- times as many are dropped of those who were never seen: more than 5,000 a second come
local SWEEP_EVERY = 1000 -- ms
local LARGEST_BATCH = 1000 -- as settings say
local SAMPLES, SAMPLE_EVERY = 181, 5000 -- of the history; ms
local LATE = 10000 -- ms by which a tick must be overdue to mean that nobody could be heard

local since_last_tick = now - (room['last-tick'] or now)
local clock_went_back = since_last_tick < 0
local is_due = not room['last-tick'] or since_last_tick >= room['interval-ms'] or clock_went_back

-- What lasts until some time lasts as long as before when the clock is put back.
if clock_went_back then
  for _, field in ipairs({'recovering-until', 'graceful-until', 'handing-over-until'}) do
    room[field] = (room[field] or 0) + since_last_tick
    redis.call('HSET', STATE, field, digits(room[field]))
  end
  recovering = room['recovering-until'] > now
end

-- Without ticks no sign of life was taken down either: all who wait get the time to poll once. A hiccup is no
-- reason for that: it costs nobody the place, and under grace turns go to those who have long gone.
if room['epoch'] and since_last_tick > room['interval-ms'] + LATE then
  room['graceful-until'] = now + GRACE
  redis.call('HSET', STATE, 'graceful-until', digits(room['graceful-until']))
end
local graceful = recovering or (room['graceful-until'] or 0) > now

local function batch_of(key, last, most)
  return redis.call('ZRANGEBYSCORE', key, '-inf', last, 'LIMIT', 0, most)
end

local function is_stranger(sign)
  return sign and tonumber(sign) % 1 > 0
end

-- Until 500 of those who were there once have gone.
local function drop_the_silent()
  local last = digits(now - room['idle-timeout-ms'])
  local rounds, dropped = 0, 0
  repeat
    local batch = redis.call('ZRANGEBYSCORE', SEEN, '-inf', last, 'WITHSCORES', 'LIMIT', 0, MOST)
    local silent, strangers = {}, {}
    for i = 1, #batch, 2 do
      local list = is_stranger(batch[i + 1]) and strangers or silent
      list[#list + 1] = batch[i]
    end
    leave_waiting(silent, 'lapsed')
    leave_waiting(strangers, 'lapsed', true)
    rounds, dropped = rounds + 1, dropped + #silent
  until #batch < 2 * MOST or dropped >= MOST or rounds == STRANGERS
end

-- Where many are silent, looks farther with every step, until 500 or somewhat more of them have gone: to drop somebody
-- costs more than to let somebody in.
local function admit_from_head(places)
  local silent_since = graceful and 0 or now - room['idle-timeout-ms']
  local dropped = 0
  while places > 0 and dropped < MOST do
    local wanted = math.min(math.max(places, dropped), MOST)
    local head = redis.call('ZRANGE', WAITING, 0, wanted - 1, 'WITHSCORES')
    if #head == 0 then
      return
    end
    local users, sequences = {}, {}
    for i = 1, #head, 2 do
      users[#users + 1] = head[i]
      sequences[#sequences + 1] = tonumber(head[i + 1])
    end
    local signs = redis.call('ZMSCORE', SEEN, unpack(users))
    local present, present_sequences, silent, strangers = {}, {}, {}, {}
    for i, user in ipairs(users) do
      if not signs[i] or tonumber(signs[i]) <= silent_since then
        local list = is_stranger(signs[i]) and strangers or silent
        list[#list + 1] = user
      elseif #present < places then
        present[#present + 1] = user
        present_sequences[#present_sequences + 1] = sequences[i]
      end
    end
    leave_waiting(silent, 'lapsed')
    leave_waiting(strangers, 'lapsed', true)
    if #present > 0 then
      redis.call('ZREM', WAITING, unpack(present))
      redis.call('ZREM', SEEN, unpack(present))
      let_in(present, present_sequences)
    end
    dropped = dropped + #silent + #strangers
    places = places - #present
  end
end

-- Whoever came between two marks came less than a second after the first of them.
local function drop_those_past_max_wait()
  local limit = digits(now - room['max-wait-ms'] - 1000)
  local past = redis.call('ZREVRANGEBYSCORE', MARKS, limit, '-inf', 'LIMIT', 0, 1)
  if past[1] then
    local following = redis.call('ZRANGEBYSCORE', MARKS, '(' .. limit, '+inf', 'LIMIT', 0, 1)
    leave_waiting(batch_of(WAITING, following[1] and '(' .. following[1] or '+inf', MOST), 'lapsed')
  end
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

if room['epoch'] and (is_due or math.abs(now - (room['last-sweep'] or 0)) >= SWEEP_EVERY) then
  redis.call('HSET', STATE, 'last-sweep', digits(now))
  lift_bans_that_are_over()
  leave_active(batch_of(ACTIVE, digits(now), MOST), 'expired')
  if not graceful then
    drop_the_silent()
    if room['max-wait-ms'] > 0 then
      drop_those_past_max_wait()
    end
  end
end
if room['epoch'] and is_due then
  room['last-tick'] = now
  redis.call('HSET', STATE, 'last-tick', digits(now))
  local batch = room['mode'] == 'OPEN' and LARGEST_BATCH or room['batch']
  admit_from_head(math.min(batch, LARGEST_BATCH, vacancies()))
  forget_old_marks()
  take_sample()
  redis.call('PUBLISH', EVENTS, 'tick ' .. life .. ' ' .. digits(room['ends'] or 0))
end
