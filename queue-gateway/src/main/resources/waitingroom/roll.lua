-- Calls the roll, so that a gateway can tell after a loss who waited: a stretch of the line at a time. Where a hundred
-- stand side by side, as they do in most lines, nobody is looked at.
--
-- ARGV[2]  behind which sequence
-- ARGV[3]  how many times a hundred sequences at most
-- Returns  missing, or ok, up to which sequence nobody else waits, 1 if that is all of the line, else 0, and the
--          distances between those who wait: "<from the one before> …", with "+<number>" of those right behind

if not room['epoch'] then
  return {'missing'}
end
local looked_to, last, distances, through = tonumber(ARGV[2]), tonumber(ARGV[2]), {}, false

local function first_behind(sequence)
  local next = redis.call('ZRANGEBYSCORE', WAITING, '(' .. digits(sequence), '+inf', 'WITHSCORES', 'LIMIT', 0, 1)
  return tonumber(next[2])
end
for _ = 1, tonumber(ARGV[3]) do
  local first = first_behind(looked_to)
  if not first then
    through = true
    break
  end
  looked_to = first + BLOCK - 1
  if redis.call('ZCOUNT', WAITING, digits(first), digits(looked_to)) == BLOCK then
    distances[#distances + 1] = digits(first - last) .. '+' .. BLOCK - 1
    last = looked_to
  else
    local people = redis.call('ZRANGEBYSCORE', WAITING, digits(first), digits(looked_to), 'WITHSCORES')
    for i = 2, #people, 2 do
      local sequence = tonumber(people[i])
      distances[#distances + 1] = digits(sequence - last)
      last = sequence
    end
  end
end
local newest = room['sequence']
local until_sequence = through and newest or math.min(looked_to, newest)
return {'ok', digits(until_sequence), through and 1 or 0, table.concat(distances, ' ')}
