-- Who waits behind a sequence, by looking at so many times a hundred sequences, and naming so many people at most: told by
-- the distances between them, "<from the one before> …", with "+<number>" of those right behind. Where all stand side by
-- side, or a hundred, as they do in most lines, nobody is looked at. Returns that, up to which sequence nobody else waits
-- as far as it has looked, and whether nobody waits behind that.
local function distances_behind(sequence, looks, most)
  local looked_to, last, told, named = sequence, sequence, {}, 0
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
        told[#told + 1] = digits(place - last)
        last = place
      end
      named = named + #people / 2
      looks, hundreds = looks - hundreds, hundreds * 2
    end
  end
  return told, looked_to, false
end
