-- What a gateway must know of a room to answer everybody who waits without asking again.
--
-- ARGV[2] 1 to measure the far part of the ladder as well, 0 to leave it out
-- Returns missing, or four lists:
--   the fields of state: name, value, …
--   now, waiting, active, admitted in the last minute, epoch ms since which the first one waits (0: nobody)
--   the sequences of the first 1,000 who wait
--   rank, sequence of one in every 2 % behind them, and of the last

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
  far[#far + 1] = rank
  far[#far + 1] = digits(tonumber(entry[2]))
end
if ARGV[2] == '1' and waiting > DENSE then
  local rank = DENSE
  while rank < waiting - 1 do
    rung(rank)
    rank = math.ceil(rank * 1.02)
  end
  rung(waiting - 1)
end

local since = 0
if waiting > 0 then
  local mark = redis.call('ZRANGE', MARKS, 0, 0, 'WITHSCORES')
  since = mark[2] and digits(tonumber(mark[2])) or digits(now)
end
return {
  state,
  {digits(now), waiting, redis.call('ZCARD', ACTIVE), admitted_in_window(), since},
  near,
  far,
}
