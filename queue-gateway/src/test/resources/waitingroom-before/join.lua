-- Gives each of a batch of users a place: the one they hold, or a new one behind everybody, or, when
-- nobody waits and there is room, a turn at once.
--
-- ARGV[2]   epoch ms after which nobody waits for the answer any more: what comes later than this is not done,
--           or a server that wakes up would fill the line with those who have been turned away
-- ARGV[3]   ms within which whoever waits must give a first sign of life
-- ARGV[4..] users, at most 500; with the sequence of the ticket behind, whoever gets none but the place that it names
-- Returns   missing                              there is no such room
--           late                                 after ARGV[2]
--           ok, then for each user four values:
--             active,  sequence, end of session (epoch ms), 1 if new else 0
--             waiting, sequence, 0, 1 if new else 0
--             refused, 0, 0, 0                   closed or draining
--             full,    0, 0, 0                   max-waiting is reached, or Redis is full
--             over,    0, 0, 0                   the ticket names no place any more

if not room['epoch'] then
  return {'missing'}
end
if now > tonumber(ARGV[2]) then
  return {'late'}
end
local users, held = {}, {}
for i = 4, #ARGV do
  users[#users + 1], held[#held + 1] = string.match(ARGV[i], '^(%S+) ?(%d*)$')
end
local ends = redis.call('ZMSCORE', ACTIVE, unpack(users))
local tickets = redis.call('HMGET', PASSES, unpack(users))
local places = redis.call('ZMSCORE', WAITING, unpack(users))

local places_left = math.huge
if room['max-waiting'] > 0 then
  places_left = room['max-waiting'] - redis.call('ZCARD', WAITING)
end
local refuses = room['mode'] == 'CLOSED' or room['mode'] == 'DRAIN'
local vacant = 0
if not refuses and (room['mode'] == 'OPEN' or redis.call('ZCARD', WAITING) == 0) then
  vacant = vacancies()
end

local answers, fresh, over = {}, {}, {}
for i, user in ipairs(users) do
  local place = places[i] and digits(tonumber(places[i]))
  if held[i] ~= '' and held[i] ~= tickets[i] and held[i] ~= place then
    answers[i] = {'over', 0, 0, 0}
  elseif fresh[user] then
    answers[i] = fresh[user] -- twice in one batch
  elseif ends[i] and tonumber(ends[i]) > now then
    answers[i] = {'active', tickets[i], digits(ends[i]), 0}
  elseif place then
    answers[i] = {'waiting', place, 0, 0}
  elseif held[i] ~= '' then
    answers[i] = {'over', 0, 0, 0}
  elseif refuses then
    answers[i] = {'refused', 0, 0, 0}
  elseif full or vacant < 1 and places_left < 1 then
    answers[i] = {'full', 0, 0, 0}
  else
    if ends[i] then
      over[#over + 1] = user -- the session ran out and no tick has dropped it yet
    end
    if vacant >= 1 then
      vacant = vacant - 1
      answers[i] = {'active', 0, 0, 1}
    else
      places_left = places_left - 1
      answers[i] = {'waiting', 0, 0, 1}
    end
    fresh[user] = answers[i]
  end
end
leave_active(over, 'expired')

-- As if silent for so long that the rest of idle-timeout is the time for the first sign.
local not_seen_yet = digits(now + tonumber(ARGV[3]) - room['idle-timeout-ms']) .. NOT_SEEN_YET
local admitted, admitted_sequences, waiting, signs = {}, {}, {}, {}
local newcomers = 0
for _ in pairs(fresh) do
  newcomers = newcomers + 1
end
if newcomers > 0 then
  local sequence = redis.call('HINCRBY', STATE, 'sequence', newcomers) - newcomers
  if (room['last-mark'] or 0) < second then
    redis.call('ZADD', MARKS, digits(now), digits(sequence + 1))
    redis.call('ZADD', ARRIVALS, digits(now), digits(sequence + 1))
    redis.call('ZREMRANGEBYRANK', ARRIVALS, 0, -21601)
    redis.call('HSET', STATE, 'last-mark', second)
  end
  local numbered = {}
  for i, user in ipairs(users) do
    if fresh[user] and not numbered[user] then
      numbered[user] = true
      sequence = sequence + 1
      local answer = fresh[user]
      answer[2] = digits(sequence)
      if answer[1] == 'active' then
        answer[3] = digits(at_most(now + room['claim-timeout-ms'], digits(now)))
        admitted[#admitted + 1] = user
        admitted_sequences[#admitted_sequences + 1] = sequence
      else
        waiting[#waiting + 1] = digits(sequence)
        waiting[#waiting + 1] = user
        signs[#signs + 1] = not_seen_yet
        signs[#signs + 1] = user
      end
    end
  end
  count('joined', newcomers)
  let_in(admitted, admitted_sequences)
  if #waiting > 0 then
    redis.call('ZADD', WAITING, unpack(waiting))
    redis.call('ZADD', SEEN, unpack(signs))
  end
end

local reply = {'ok'}
for _, answer in ipairs(answers) do
  for _, value in ipairs(answer) do
    reply[#reply + 1] = value
  end
end
return reply
