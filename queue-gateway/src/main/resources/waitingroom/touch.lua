-- Takes down signs of life. Whoever waits is marked as seen; the session of whoever is active becomes
-- full length at its first use, and slides with every use where the room says so, but not for ever.
--
-- ARGV[2..] user, sequence, active or how many seconds ago a sign of who waits was given; at most 500 of these triples
-- Returns   missing, or ok and for each triple the end of the session (epoch ms), 0 for one who waits,
--           -1 for one who is no longer there

local waiters, blocks, late, old, guests = {}, {}, {}, {}, {}
local seconds = in_seconds(now)
for i = 2, #ARGV, 3 do
  local list = ARGV[i + 2] == 'active' and guests or waiters
  list[#list + 1] = ARGV[i]
end
local places, ends, tickets, turns = {}, {}, {}, {}
if #waiters > 0 then
  for i, score in ipairs(redis.call('ZMSCORE', WAITING, unpack(waiters))) do
    places[waiters[i]] = score and whole(score)
  end
end
if #guests > 0 then
  for i, score in ipairs(redis.call('ZMSCORE', ACTIVE, unpack(guests))) do
    ends[guests[i]] = score and end_of(score)
  end
  for i, ticket in ipairs(redis.call('HMGET', PASSES, unpack(guests))) do
    tickets[guests[i]] = ticket
  end
  for i, turn in ipairs(redis.call('HMGET', TURNS, unpack(guests))) do
    turns[guests[i]] = turn
  end
end

local reply, slid, used = {'ok'}, {}, {}
for i = 2, #ARGV, 3 do
  local user, sequence = ARGV[i], ARGV[i + 1]
  if ARGV[i + 2] ~= 'active' then
    if places[user] == sequence then
      local block, ago = block_of(tonumber(sequence)), tonumber(ARGV[i + 2])
      local signs = blocks[block] or {}
      signs[#signs + 1] = tonumber(sequence) % BLOCK
      signs[#signs + 1] = seconds - ago
      blocks[block] = signs
      late[block] = late[block] or ago > 1
      if old_gateways then
        old[#old + 1] = digits(now - ago * 1000)
        old[#old + 1] = user
      end
      reply[#reply + 1] = 0
    else
      reply[#reply + 1] = -1
    end
  elseif tickets[user] == sequence and (ends[user] or 0) > now then
    local first = redis.call('SREM', UNCLAIMED, user) == 1
    local began = string.match(turns[user] or '', '^%d+')
    if began then
      used[#used + 1] = user
      used[#used + 1] = began .. ' ' .. digits(now)
    end
    if first or room['session-sliding'] == 'true' then
      ends[user] = math.max(ends[user], at_most(now + room['session-ms'], turns[user]))
      slid[#slid + 1] = digits(ends[user])
      slid[#slid + 1] = user
    end
    reply[#reply + 1] = digits(ends[user])
  else
    reply[#reply + 1] = -1
  end
end

-- Another gateway may have told of a newer one.
local function keep_newer(block, signs)
  local places = {}
  for i = 1, #signs, 2 do
    places[#places + 1] = signs[i]
  end
  for i, known in ipairs(redis.call('HMGET', signs_in(block), unpack(places))) do
    signs[2 * i] = math.max(signs[2 * i], tonumber(known) or 0)
  end
end
for block, signs in pairs(blocks) do
  if late[block] then
    keep_newer(block, signs)
  end
  redis.call('HSET', signs_in(block), unpack(signs))
end
if #old > 0 then
  redis.call('ZADD', SEEN, 'GT', unpack(old))
end
if #used > 0 then
  redis.call('HSET', TURNS, unpack(used))
end
if #slid > 0 then
  redis.call('ZADD', ACTIVE, unpack(slid))
end
return reply
