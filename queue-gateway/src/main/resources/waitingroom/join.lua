-- Gives each of a batch of users a place: the one they hold, or a new one behind everybody, or, when
-- nobody waits and there is room, a turn at once.
--
-- ARGV[2]   epoch ms after which nobody waits for the answer any more: what comes later than this is not done,
--           or a server that wakes up would fill the line with those who have been turned away
-- ARGV[3]   ms within which whoever waits must give a first sign of life
-- ARGV[4..] users, at most 500; with the sequence of the ticket behind, whoever gets none but the place that it names
-- Returns   missing                              there is no such room
--           late                                 after ARGV[2]
--           ok, then for each user a line:
--             active <sequence> <end of session, epoch ms> <1 if new else 0>
--             waiting <sequence> <people ahead> <1 if new else 0>
--             refused 0 0 0                      closed or draining
--             full 0 0 0                         max-waiting is reached, or Redis is full
--             over 0 0 0                         the ticket names no place any more

if now > tonumber(ARGV[2]) then
  return {'late'}
end
local users, shown = {}, {} -- a ticket, by those who come with one
for i = 4, #ARGV do
  local user, ticket = ARGV[i], nil
  if string.find(user, ' ', 1, true) then
    user, ticket = string.match(user, '^(%S+) (%d+)$')
  end
  users[i - 3], shown[i - 3] = user, ticket
end
local ends = redis.call('ZMSCORE', ACTIVE, unpack(users))
local tickets = redis.call('HMGET', PASSES, unpack(users))
local places = redis.call('ZMSCORE', WAITING, unpack(users))

local ahead = redis.call('ZCARD', WAITING)
local places_left = room['max-waiting'] > 0 and room['max-waiting'] - ahead or math.huge
local refuses = room['mode'] == 'CLOSED' or room['mode'] == 'DRAIN'
local vacant = (room['mode'] == 'OPEN' or ahead == 0) and vacancies() or 0

local answers, over = {'ok'}, {}
local newcomers, is_inside, first_asked, asked_again = {}, {}, {}, {}
for i, user in ipairs(users) do
  local ticket, place = shown[i], places[i] and whole(places[i])
  local answer
  if ticket and ticket ~= tickets[i] and ticket ~= place then
    answer = 'over 0 0 0'
  elseif first_asked[user] then
    asked_again[i] = first_asked[user] -- twice in one batch
  elseif tickets[i] and ends[i] and end_of(ends[i]) > now then
    answer = 'active ' .. tickets[i] .. ' ' .. digits(end_of(ends[i])) .. ' 0'
  elseif place then
    answer = 'waiting ' .. place .. ' ' .. redis.call('ZRANK', WAITING, user) .. ' 0'
  elseif ticket then
    answer = 'over 0 0 0'
  elseif refuses then
    answer = 'refused 0 0 0'
  elseif full or vacant < 1 and places_left < 1 then
    answer = 'full 0 0 0'
  else
    if ends[i] then
      over[#over + 1] = user -- the session ran out and no tick has dropped it yet
    end
    if vacant >= 1 then
      vacant = vacant - 1
      is_inside[i] = true
    else
      places_left = places_left - 1
    end
    newcomers[#newcomers + 1] = i
    first_asked[user] = i
  end
  answers[i + 1] = answer or ''
end
leave_active(over, 'expired')

if #newcomers > 0 then
  local sequence = redis.call('HINCRBY', STATE, 'sequence', #newcomers) - #newcomers
  if (room['last-mark'] or 0) < second then
    redis.call('ZADD', MARKS, digits(now), digits(sequence + 1))
    redis.call('ZADD', ARRIVALS, digits(now), digits(sequence + 1))
    redis.call('ZREMRANGEBYRANK', ARRIVALS, 0, -21601)
    room['last-mark'] = now / 1000
    redis.call('HSET', STATE, 'last-mark', in_words(room['last-mark']))
  end
  local admitted, their_tickets, waiting, blocks, old = {}, {}, {}, {}, {}
  -- As if silent for so long that the rest of idle-timeout is the time for the first sign.
  local silent_for = room['idle-timeout-ms'] - tonumber(ARGV[3])
  local bound = in_words(room['last-mark'] - (silent_for - 1000) / 1000)
  local ends_at = digits(at_most(now + room['claim-timeout-ms'], digits(now)))
  local last_block
  for _, i in ipairs(newcomers) do
    sequence = sequence + 1
    local user, number = users[i], digits(sequence)
    if is_inside[i] then
      answers[i + 1] = 'active ' .. number .. ' ' .. ends_at .. ' 1'
      admitted[#admitted + 1] = user
      their_tickets[#their_tickets + 1] = number
    else
      answers[i + 1] = 'waiting ' .. number .. ' ' .. ahead .. ' 1'
      ahead = ahead + 1
      waiting[#waiting + 1] = number
      waiting[#waiting + 1] = user
      if old_gateways then
        old[#old + 1] = digits(now - silent_for) .. '.5'
        old[#old + 1] = user
      end
      if last_block ~= block_of(sequence) then
        last_block = block_of(sequence)
        blocks[#blocks + 1] = bound
        blocks[#blocks + 1] = digits(last_block)
      end
    end
  end
  for i, first in pairs(asked_again) do
    answers[i + 1] = answers[first + 1]
  end
  count('joined', #newcomers)
  let_in(admitted, their_tickets)
  if #waiting > 0 then
    redis.call('ZADD', WAITING, unpack(waiting))
    redis.call('ZADD', QUIET, 'NX', unpack(blocks))
    if #old > 0 then
      redis.call('ZADD', SEEN, unpack(old))
    end
  end
end
return answers
