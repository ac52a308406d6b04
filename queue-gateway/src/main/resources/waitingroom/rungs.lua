-- The far part of the ladder, behind the first 1,000 who wait: rank, sequence of some, and of the last. Few enough to be
-- measured in one call, which is not the tick's, and so many that everybody else's rank can be told within 1 %.
--
-- Returns missing, or ok, then rank, sequence, …

local DENSE = 1000

local waiting = redis.call('ZCARD', WAITING)
local far = {'ok'}
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
if waiting > DENSE then
  local high = rung(waiting - 1)
  if waiting - 1 > DENSE then
    climb(rung(DENSE), 0, high, math.ceil(math.log((waiting - 1) / DENSE) / math.log(1.02)))
  end
  keep(high)
end
return far
