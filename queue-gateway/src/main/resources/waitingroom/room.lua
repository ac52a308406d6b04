-- What every script of a room begins with: the names of its keys, the time, and the few acts that more
-- than one script performs. The loader puts this text in front of each of them.
--
-- KEYS[1]  state    HASH    settings as asked for and, as in-force:<setting>, those in force, epoch, term, server, sequence, cursor, last-tick, recovering-until, counters
-- KEYS[2]  waiting  ZSET    user -> sequence
-- KEYS[3]  active   ZSET    user -> end of the session, epoch ms
-- KEYS[4]  passes   HASH    user -> sequence of the ticket the active user came in on
-- KEYS[5]  unclaimed SET    active users who have not used their turn yet
-- KEYS[6]  prefix of the signs of life of those who wait: <prefix>:<sequence div 100>, HASH <sequence mod 100> -> the
--          last one, epoch seconds, rounded up. Whoever has no field has given none since they joined: a stranger.
--          The prefix itself is a ZSET user -> epoch ms, of gateways of before, as long as there are any
-- KEYS[7]  marks    ZSET    sequence -> epoch ms at which it was given out: the first of every second; and of those that
--          may have been lost, when that was
-- KEYS[8]  rate     HASH    second -> admitted in it, the last 61 of them
-- KEYS[9]  prefix of the keys that remember how the last ticket of a user ended: <prefix><user>, STRING
--          "<sequence> <reason> <epoch ms of the end>", then the turn, if there was one
-- KEYS[10] events   channel
-- KEYS[11] turns    HASH    user -> when the active user came in and used the turn last: "<epoch ms> <epoch ms>"
-- KEYS[12] arrivals ZSET    what marks were, also those in front of the first who waits: the last 21,600
-- KEYS[13] history  LIST    "<epoch ms> <waiting> <active> <admitted in the last minute>", the last 15 minutes
-- KEYS[15] former   STRING  what a gateway knew of the epoch before: "<epoch ms> <before> <gone> <dense>
--          <sequences> ", half an hour. All at or below <before> had gone from the line some seconds ago, at or below
--          <gone> then; between that and <dense> just these waited. Who waited behind it by the roll calls of the
--          gateways, tell the bits of <former>:heard:<sequence div 32768>, STRING, up to <former>:heard:until
-- KEYS[14] changes  STREAM  what operators did: at, by, from, what, old, new; the last 1,000
-- KEYS[16] bans     HASH    user or network -> "<epoch ms until which> <operator> <why>", at most 500
-- KEYS[17] quiet    ZSET    <sequence div 100> -> no sign of life in it is older, epoch seconds; that of a stranger would
--          be so long ago that idle-timeout is over when a first sign is due. Of every block in which somebody waits
-- ARGV[1]  "<now> <life>": epoch ms, empty for the clock of the server; and the life of the room that the caller
--          knows of, <epoch>.<term>, empty for any. In another one every script does nothing and returns "moved":
--          what it would say of a ticket could be the fault of a loss.

local STATE, WAITING, ACTIVE, PASSES, UNCLAIMED = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local SEEN, MARKS, RATE, ENDED, EVENTS = KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10]
local TURNS, ARRIVALS, HISTORY, CHANGES, FORMER, BANS = KEYS[11], KEYS[12], KEYS[13], KEYS[14], KEYS[15], KEYS[16]
local HEARD = FORMER .. ':heard:'
local QUIET = KEYS[17]
local BLOCK = 100 -- places whose signs of life stand in one hash
local REMEMBERED = 3600 -- seconds for which the reason of an end is kept
local WINDOW = 60 -- seconds over which per-minute holds
local HANDOVER = 3000 -- ms in which gateways put back what another server has lost
local MOST_TO_HAND_OVER = 10000 -- sessions that end before
local LOST_FOR = 1800000 -- ms for which a ticket may be shown that another server has lost
local GRACE = 60000 -- ms in which nobody counts as silent
local A_JUMP = 10000 -- ms by which the clock does not only hesitate
local LATE = 10000 -- ms by which a tick must be overdue to mean that nobody could be heard
local OLD_GATEWAYS_GO_ON = 60000 -- ms after the last trace of a gateway that knows no blocks
local MOST_BANS = 500
local FULL_UNTIL = 60000 -- ms after a server was full it still may be soon
local NEVER_LOST = 1000000 -- more sequences than can be lost with the newest writes of a server

local now, known_life = string.match(ARGV[1], '^(%d*) (%S*)$')
now = tonumber(now)
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local second = math.floor(now / 1000)

-- Lua prints large numbers with 14 digits; a sequence has 16.
local function digits(number)
  return string.format('%.0f', number)
end

-- The same of a score, as Redis tells it: of some with an exponent.
local function whole(score)
  return string.find(score, '%D') and digits(tonumber(score)) or score
end

local written = {}
local fields = redis.call('HGETALL', STATE)
for i = 1, #fields, 2 do
  written[fields[i]] = fields[i + 1]
end

-- A script that fails in the middle has done half of what it does: where somebody has written by hand what is no number,
-- nothing is done until that is put right.
for _, field in ipairs({
  'epoch', 'term', 'sequence', 'cursor', 'last-tick', 'next-tick', 'to-admit', 'owed', 'last-clearing', 'last-mark',
  'last-sample', 'last-sweep', 'recovering-until', 'handing-over-until', 'graceful-until', 'lost-until', 'lost-after',
  'lost-before', 'full-at', 'revision', 'joined', 'admitted', 'completed', 'left', 'revoked', 'expired', 'lapsed', 'ends',
}) do
  local text = written[field]
  if text and (#text > 17 or not string.find(text, '^-?%d+%.?%d*$')) then
    return redis.error_reply('SPOILT ' .. field .. ' in ' .. STATE .. ' is no number')
  end
end

-- What reads as a number is one, but for the name of a server; made of the text when it is first asked for.
local room = setmetatable({}, {__index = function(known, field)
  known[field] = field ~= 'server' and tonumber(written[field]) or written[field]
  return rawget(known, field)
end})

-- Settings are typed by hand too. What cannot be is not used: what was in force stays so. What is absent is as by
-- default. each_setting stands in front of this text: field, field in force, default, then least and most, or the
-- words that are allowed.
local function valid(text, least, most)
  if not most then
    return not string.find(text, '%A') and string.find(least, ' ' .. text .. ' ', 1, true) and text
  end
  local number = #text <= 15 and not string.find(text, '%D') and tonumber(text)
  return number and number >= least and number <= most and number
end
local held, unlike = {}, {}
each_setting(function(name, in_force, default, least, most)
  local asked, former = written[name] or default, written[in_force]
  local value = valid(asked, least, most)
  if not value or asked ~= former then
    held[name] = valid(former or default, least, most) or valid(default, least, most)
    unlike[in_force] = name
  end
  room[name] = value or held[name]
end)
if room['claim-timeout-ms'] > room['session-ms'] then
  for _, name in ipairs({'claim-timeout-ms', 'session-ms'}) do
    room[name] = held[name] or room[name]
  end
end

-- A server without memory left refuses a script that begins by adding something, and nothing of one that has
-- written before. So it is asked whether it is full by a write that changes nothing, and then another one, that
-- no server refuses for want of memory, opens the way: only who wants to make the line longer is turned away.
local probe = room['epoch'] and redis.pcall('HSETNX', STATE, 'epoch', '')
local full = type(probe) == 'table' and string.find(probe.err or '', 'OOM', 1, true) and probe
redis.pcall('DEL', ENDED)

-- At the brim the first one who leaves makes room enough for what is remembered of the next four. A time that has not
-- come yet is from before the clock was put back.
if full and math.abs(now - (room['full-at'] or 0)) >= 1000 then
  room['full-at'] = now
  redis.pcall('HSET', STATE, 'full-at', digits(now))
end
local short_of_memory = full or math.abs(now - (room['full-at'] or 0)) < FULL_UNTIL

local news = {}
for in_force, name in pairs(unlike) do
  local text = type(room[name]) == 'number' and digits(room[name]) or room[name]
  if written[in_force] ~= text then
    news[#news + 1] = in_force
    news[#news + 1] = text
  end
end
-- Who waits was told to give signs by what was in force before: they get the time to poll once.
local former_idle = tonumber(written['in-force:idle-timeout-ms'])
if former_idle and room['idle-timeout-ms'] < former_idle then
  room['graceful-until'] = now + GRACE
  news[#news + 1] = 'graceful-until'
  news[#news + 1] = digits(room['graceful-until'])
end
if room['epoch'] and #news > 0 then
  redis.pcall('HSET', STATE, unpack(news))
end

-- A server that has not written this room has it from another one that died: as its replica, or from the
-- disk. The newest writes of that one may be lost. Sequences go on behind all that it can have given out,
-- and nobody is admitted for a moment, in which the gateways put back what they know.
local function take_over(server)
  local newest = room['sequence']
  local behind = math.max((room['last-tick'] or now) - now, 0) -- the next tick puts back what lasts by so much
  if (room['lost-until'] or 0) <= now + behind then
    room['lost-after'] = newest
  end
  room['server'] = server
  room['term'] = (room['term'] or 0) + 1
  room['sequence'] = math.max(now * 1000, newest + NEVER_LOST)
  room['lost-before'] = room['sequence']
  room['lost-until'] = now + behind + LOST_FOR
  room['handing-over-until'] = now + behind + HANDOVER
  room['recovering-until'] = math.max(room['recovering-until'] or 0, room['handing-over-until'])
  local handed_over = digits(room['handing-over-until'])
  -- Uses that have made sessions longer may be lost too: until then these are not over.
  for _, user in ipairs(redis.call('ZREVRANGEBYSCORE', ACTIVE, handed_over, '-inf', 'LIMIT', 0, MOST_TO_HAND_OVER)) do
    redis.call('ZADD', ACTIVE, handed_over, user)
  end
  redis.call('HSET', STATE, 'server', server)
  redis.call('ZADD', MARKS, digits(now), digits(newest + 1)) -- who comes back behind it came at a time that is lost
  for _, field in ipairs({'term', 'sequence', 'lost-after', 'lost-before', 'lost-until', 'handing-over-until',
      'recovering-until'}) do
    redis.call('HSET', STATE, field, digits(room[field]))
  end
end

-- Every start of a server has another id. Where INFO is forbidden, no loss is noticed.
local info = redis.pcall('INFO', 'server')
local server = type(info) == 'string' and string.match(info, 'run_id:(%x+)') or ''
if room['epoch'] and server ~= '' and room['server'] ~= server then
  take_over(server)
end

local life = room['epoch'] and digits(room['epoch']) .. '.' .. (room['term'] or 0)
if life and known_life ~= '' and known_life ~= life then
  return {'moved'}
end
-- Who came in before a tick has seen that the clock was put back would be put back with those of before; before one has
-- seen that it was put forward, nobody of the last minute would count.
local since_last_tick = now - (room['last-tick'] or now)
local tick_is_late = since_last_tick > room['interval-ms'] + LATE
local recovering = (room['recovering-until'] or 0) > now or since_last_tick < -A_JUMP or tick_is_late

-- Gateways of before keep signs of life in SEEN alone, and drop whoever has none there from the head of the line. As
-- long as one of them ticks, which writes last-sweep every second, SEEN is written too; as long as it is there, read.
local old_gateways = math.abs(now - (room['last-sweep'] or 0)) < OLD_GATEWAYS_GO_ON
local old_signs = redis.call('EXISTS', SEEN) == 1

local function block_of(sequence)
  return math.floor(sequence / BLOCK)
end

local function signs_in(block)
  return SEEN .. ':' .. digits(block)
end

local function in_seconds(ms)
  return math.ceil(ms / 1000)
end

-- Of seconds, to the ms.
local function in_words(seconds)
  return string.format('%.3f', seconds)
end

local function forget_block(block)
  redis.call('DEL', signs_in(block))
  redis.call('ZREM', QUIET, digits(block))
end

-- Of those who have left the line.
local function forget_signs(users, sequences)
  if old_signs then
    redis.call('ZREM', SEEN, unpack(users))
  end
  local first = redis.call('ZRANGE', WAITING, 0, 0, 'WITHSCORES')
  local first_block = first[2] and block_of(tonumber(first[2])) or math.huge
  local gone = {}
  for _, sequence in ipairs(sequences) do
    local block = block_of(sequence)
    local fields = gone[block] or {}
    fields[#fields + 1] = sequence % BLOCK
    gone[block] = fields
  end
  for block, fields in pairs(gone) do
    if block < first_block then
      forget_block(block)
    else
      redis.call('HDEL', signs_in(block), unpack(fields))
    end
  end
end

local function count(what, by)
  if by ~= 0 then
    redis.call('HINCRBY', STATE, what, by)
    room[what] = (room[what] or 0) + by
  end
end

-- Admissions of the last minute. The second that began 60 s ago may only be half over, so it counts
-- whole: the sum is never less than what any window of 60 s holds.
local function admitted_in_window()
  local sum, old = 0, {}
  local seconds = redis.call('HGETALL', RATE)
  for i = 1, #seconds, 2 do
    if second - tonumber(seconds[i]) > WINDOW then
      old[#old + 1] = seconds[i]
    else
      sum = sum + tonumber(seconds[i + 1])
    end
  end
  if #old > 0 and not tick_is_late then
    redis.pcall('HDEL', RATE, unpack(old)) -- refused where nothing may be written, and the room be looked at
  end
  return sum
end

-- When a session ends, of a score that may have been written by hand: never is in a year.
local function end_of(score)
  return math.max(0, math.min(tonumber(score or 0), now + 31536000000))
end

-- How many more may come in now, by capacity and by rate.
local function vacancies()
  if room['mode'] == 'OPEN' then
    return math.huge
  end
  if recovering or room['mode'] == 'HOLD' or room['mode'] == 'CLOSED' then
    return 0
  end
  local free = room['capacity'] - redis.call('ZCARD', ACTIVE)
  if room['per-minute'] > 0 and free > 0 then
    free = math.min(free, room['per-minute'] - admitted_in_window())
  end
  return math.max(free, 0)
end

-- However long a session is used: until max-session after it began, which its turn tells.
local function at_most(until_ms, turn)
  local began = room['max-session-ms'] > 0 and tonumber(string.match(turn or '', '^%d+'))
  return began and math.min(until_ms, began + room['max-session-ms']) or until_ms
end

-- users and tickets, their sequences: lists of the same length, in order of arrival.
local function let_in(users, tickets)
  if #users == 0 then
    return
  end
  local began = digits(now)
  local ends = digits(at_most(now + room['claim-timeout-ms'], began))
  local actives, passes, turns = {}, {}, {}
  for i, user in ipairs(users) do
    local last = 2 * i
    actives[last - 1], actives[last] = ends, user
    passes[last - 1], passes[last] = user, tickets[i]
    turns[last - 1], turns[last] = user, began
  end
  redis.call('ZADD', ACTIVE, unpack(actives))
  redis.call('HSET', PASSES, unpack(passes))
  redis.call('HSET', TURNS, unpack(turns))
  redis.call('SADD', UNCLAIMED, unpack(users))
  redis.call('HINCRBY', RATE, second, #users)
  count('admitted', #users)
  local newest = math.max(room['cursor'] or 0, tonumber(tickets[#tickets]))
  redis.call('HSET', STATE, 'cursor', digits(newest))
  room['cursor'] = newest
end

-- A user holds one ticket at a time: of whoever has ended a later one, all earlier ones are over.
-- A server that is or was just full only remembers who was inside: memory must come free as people leave the line.
local function remember(user, sequence, reason, turn)
  if short_of_memory and not turn then
    return
  end
  local story = sequence .. ' ' .. reason .. ' ' .. digits(now) .. (turn and ' ' .. turn or '')
  redis.call('SET', ENDED .. user, story, 'EX', REMEMBERED)
end

-- The sequence of the last ticket that a user held and that is remembered, and the rest of its story.
local function last_end(user)
  local written_down = redis.pcall('GET', ENDED .. user)
  return string.match(type(written_down) == 'string' and written_down or '', '^(%d+) (.*)')
end

local function has_ended(user, sequence)
  local last = last_end(user)
  return last and tonumber(sequence) <= tonumber(last)
end

-- What an operator has done; what a gateway does by itself has no author and is not noted.
local function note(by, from, what, old, new)
  if by and by ~= '' then
    redis.call('XADD', CHANGES, 'MAXLEN', 1000, '*',
      'at', digits(now), 'by', by, 'from', from, 'what', what, 'old', old, 'new', new)
  end
end

local function leave_active(users, reason)
  if #users == 0 then
    return
  end
  local tickets = redis.call('HMGET', PASSES, unpack(users))
  local turns = redis.call('HMGET', TURNS, unpack(users))
  for i, user in ipairs(users) do
    if tickets[i] then
      remember(user, tickets[i], reason, turns[i])
    end
  end
  redis.call('ZREM', ACTIVE, unpack(users))
  redis.call('HDEL', PASSES, unpack(users))
  redis.call('HDEL', TURNS, unpack(users))
  redis.call('SREM', UNCLAIMED, unpack(users))
  count(reason, #users)
end

local function leave_waiting(users, reason)
  if #users == 0 then
    return
  end
  local sequences = {}
  for i, place in ipairs(redis.call('ZMSCORE', WAITING, unpack(users))) do
    if place then
      sequences[#sequences + 1] = tonumber(place)
      remember(users[i], whole(place), reason)
    end
  end
  redis.call('ZREM', WAITING, unpack(users))
  forget_signs(users, sequences)
  count(reason, #users)
end

-- Who waits behind a sequence, by looking at so many times a hundred sequences, and naming so many people at most: told by
-- the distances between them, "<from the one before> …", with "+<number>" of those right behind. Where all stand side by
-- side, or a hundred, as they do in most lines, nobody is looked at. Returns that, up to which sequence nobody else waits
-- as far as it has looked, and whether nobody waits behind that.
local function distances_behind(sequence, looks, most)
  local looked_to, last, told, named = sequence, sequence, {}, 0
  local in_digits = {} -- most distances are alike
  local stride, hundreds = most, 1 -- the more are read at once, the more gaps there are
  local function are_side_by_side(first)
    return redis.call('ZCOUNT', WAITING, digits(first), digits(first + stride - 1)) == stride
  end
  while looks > 0 do
    local next = redis.call('ZRANGEBYSCORE', WAITING, '(' .. digits(looked_to), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
    local first = tonumber(next[2])
    if not first or named >= most then
      return told, looked_to, not first
    end
    local all = are_side_by_side(first)
    if not all and stride > BLOCK then
      stride = BLOCK
      all = are_side_by_side(first)
    end
    if all then
      local right_behind = math.min(stride, most - named) - 1
      told[#told + 1] = digits(first - last) .. '+' .. right_behind
      named = named + 1 + right_behind
      looked_to = first + stride - 1
      last = looked_to
      looks, hundreds = looks - stride / BLOCK, 1
    else
      hundreds = math.min(hundreds, looks)
      looked_to = first + hundreds * BLOCK - 1
      local people = redis.call('ZRANGEBYSCORE', WAITING, digits(first), digits(looked_to), 'WITHSCORES', 'LIMIT', 0, most - named)
      for i = 2, #people, 2 do
        local place = tonumber(people[i])
        local distance = place - last
        in_digits[distance] = in_digits[distance] or digits(distance)
        told[#told + 1] = in_digits[distance]
        last = place
      end
      named = named + #people / 2
      looks, hundreds = looks - hundreds, hundreds * 2
    end
  end
  return told, looked_to, false
end

-- All but settings, which make the room, have nothing to do where there is none. makes_rooms stands in front of this text.
if not room['epoch'] and not makes_rooms then
  return {'missing'}
end
