-- What a gateway must know of a room to answer everybody who waits without asking again.
--
-- ARGV[2] 1 to measure the far part of the ladder as well, 0 to leave it out
-- Returns missing, or five lists:
--   the fields of state: name, value, …
--   now, waiting, active, admitted in the last minute, epoch ms since which the first one waits (0: nobody),
--   1 if Redis is full
--   the sequences of the first 1,000 who wait
--   rank, sequence of some behind them, and of the last: few enough to measure them in one call, and so many that
--   everybody else's rank can be told within 1 %
--   the bans: who, until when, by whom and why, …

if not room['epoch'] then
  return {'missing'}
end
local DENSE = 1000

local state = redis.call('HGETALL', STATE)
local waiting = redis.call('ZCARD', WAITING)
local head = redis.call('ZRANGE', WAITING, 0, DENSE - 1, 'WITHSCORES')
local near = {}
for i = 2, #head, 2 do
  near[#near + 1] = digits(tonumber(head[i]))
end

local far = {}
local function rung(rank)
  local entry = redis.call('ZRANGE', WAITING, rank, rank, 'WITHSCORES')
  return {rank = rank, sequence = tonumber(entry[2])}
end
local function keep(measured)
  far[#far + 1] = measured.rank
  far[#far + 1] = digits(measured.sequence)
end

-- Between two rungs a rank is as uncertain as there are numbers missing, of those who have left, or as the
-- rungs are apart. Where that is more than 2 %, there is another one in the middle; where hardly anybody
-- has left, a few rungs do for the whole line.
local function climb(low, first, high, last)
  local apart = high.rank - low.rank
  local missing = high.sequence - low.sequence - apart
  if last - first > 1 and math.min(missing, apart) > low.rank / 50 then
    local middle = math.floor((first + last) / 2)
    local between = rung(math.floor(DENSE * 1.02 ^ middle))
    climb(low, first, between, middle)
    climb(between, middle, high, last)
  else
    keep(low)
  end
end
if ARGV[2] == '1' and waiting > DENSE then
  local high = rung(waiting - 1)
  if waiting - 1 > DENSE then
    climb(rung(DENSE), 0, high, math.ceil(math.log((waiting - 1) / DENSE) / math.log(1.02)))
  end
  keep(high)
end

local since = 0
if waiting > 0 then
  local mark = redis.call('ZRANGE', MARKS, 0, 0, 'WITHSCORES')
  since = mark[2] and digits(tonumber(mark[2])) or digits(now)
end
return {
  state,
  {digits(now), waiting, redis.call('ZCARD', ACTIVE), admitted_in_window(), since, full and 1 or 0},
  near,
  far,
  redis.call('HGETALL', BANS),
}
