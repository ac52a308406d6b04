-- What a gateway must know of a room to answer everybody who waits without asking again.
--
-- Returns missing, or
--   a list of the fields of state: name, value, …
--   a list of now, waiting, active, admitted in the last minute, epoch ms since which the first one waits (0: nobody),
--   1 if Redis is full
--   the distances between the first 1,000 who wait, from 0
--   a list of the bans: who, until when, by whom and why, …

local state = redis.call('HGETALL', STATE)
local waiting = redis.call('ZCARD', WAITING)
local near = distances_behind(0, math.huge, 1000)

local since = 0
if waiting > 0 then
  local mark = redis.call('ZRANGE', MARKS, 0, 0, 'WITHSCORES')
  since = mark[2] and digits(tonumber(mark[2])) or digits(now)
end
return {
  state,
  {digits(now), waiting, redis.call('ZCARD', ACTIVE), admitted_in_window(), since, full and 1 or 0},
  table.concat(near, ' '),
  redis.call('HGETALL', BANS),
}
