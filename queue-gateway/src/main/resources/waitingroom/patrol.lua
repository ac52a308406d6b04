-- Beside the tick: drops those who wait and have been silent for too long, or have waited for too long, and takes over
-- what gateways of before have written. Whoever comes first does it; where nothing is due, nothing is done.
--
-- ARGV[2], ARGV[3] as above
-- Returns missing, or ok and 1 if there is more to be done at once, else 0

local MOST = 500 -- of those past max-wait, and of those who are taken over
local BLOCKS = 20
local more = false
work = 150 -- about a ms, in which joins wait; a tick may take longer

local function drop_the_silent()
  for _, from in ipairs({
    {'-inf', in_words(silent_since / 1000)},
    {'(' .. second + 1, '+inf'}, -- from before the clock was put back
  }) do
    local due = redis.call('ZRANGEBYSCORE', QUIET, from[1], from[2], 'LIMIT', 0, BLOCKS)
    for _, block in ipairs(due) do
      if work <= 0 then
        more = true
        return
      end
      clear_out(tonumber(block))
    end
    more = more or #due == BLOCKS
  end
end

local function drop_those_past_max_wait()
  local first = first_after(room['max-wait-ms'])
  local past = redis.call('ZRANGEBYSCORE', WAITING, '-inf', first and '(' .. digits(first) or '+inf', 'LIMIT', 0, MOST)
  leave_waiting(past, LAPSED)
  more = more or #past == MOST
end

-- The younger of what both kinds of gateways have written holds.
local function take_over_old_signs()
  local signs = redis.call('ZRANGE', SEEN, 0, MOST - 1, 'WITHSCORES')
  local users = {}
  for i = 1, #signs, 2 do
    users[#users + 1] = signs[i]
  end
  for i, place in ipairs(redis.call('ZMSCORE', WAITING, unpack(users))) do
    if place then
      local block, at = block_of(tonumber(place)), tonumber(signs[2 * i])
      local place_in_block = tonumber(place) % BLOCK
      if at % 1 == 0 and in_seconds(at) > tonumber(redis.call('HGET', signs_in(block), place_in_block) or 0) then
        redis.call('HSET', signs_in(block), place_in_block, in_seconds(at))
      end
      redis.call('ZADD', QUIET, 'LT', math.floor(at / 1000), digits(block))
    end
  end
  redis.call('ZREM', SEEN, unpack(users))
  more = more or #users == MOST
end

if not graceful then
  drop_the_silent()
  if room['max-wait-ms'] > 0 and not more then
    drop_those_past_max_wait()
  end
end
if old_signs and not old_gateways then
  take_over_old_signs()
end
return {'ok', more and 1 or 0}
