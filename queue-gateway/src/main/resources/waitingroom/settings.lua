-- Writes settings. "seed" makes the room if it is missing and otherwise adds only what it lacks, so that
-- what was changed live survives a restart of the gateways. "change" overwrites, and notes who did it; every
-- gateway sees it by its next tick.
--
-- A room that is made begins a new epoch, and its sequences at the time in microseconds: larger than any
-- number given out before, even if everything that Redis knew is lost, and the clock of this server is behind.
--
-- ARGV[2]   seed | change
-- ARGV[3]   seed: ms from its beginning for which a room only takes back those who had a place. Whoever makes it and
--           knows nothing of an epoch before leaves others the time to tell of it, which begins this one
--           change: the revision that was looked at; of any other one nothing is changed
-- ARGV[4]   the operator who does it; empty if nobody does
-- ARGV[5]   from which address
-- ARGV[6]   seed: what the gateway knew of the epoch before, see KEYS[15]; empty for nothing. The newest word holds
-- ARGV[7..] setting, value, …
-- Returns   made | kept | changed | stale | missing, the epoch, then of what is different now: setting, old, new

local act, by, from = ARGV[2], ARGV[4], ARGV[5]
local known = room['epoch']
if not known and act == 'change' then
  return {'missing', 0}
end
if act == 'change' and tonumber(ARGV[3]) ~= (room['revision'] or 0) then
  return {'stale', digits(known)}
end
local window = act == 'seed' and tonumber(ARGV[3])
local former = act == 'seed' and ARGV[6] or ''
if not known then
  local seen, dense = string.match(former, '^(%d+) %d+ %d+ (%d+) ')
  local begin = seen and math.max(now, seen, math.ceil((dense + NEVER_LOST) / 1000)) or now
  redis.call('HSET', STATE,
    'epoch', digits(begin),
    'term', 0,
    'server', server,
    'sequence', digits(begin * 1000),
    'cursor', 0,
    'handing-over-until', digits(now + math.min(window, HANDOVER)),
    'recovering-until', digits(now + (former == '' and math.min(window, HANDOVER) or window)))
  note(by, from, 'room', '', 'made')
end
if former ~= '' then
  local told = string.match(redis.call('GET', FORMER) or '0', '^%d+')
  if tonumber(string.match(former, '^%d+')) > tonumber(told) then
    redis.call('SET', FORMER, former, 'EX', LOST_FOR / 1000)
  end
  local recovering_until = known and math.min(known, now) + window
  if known and recovering_until > (room['recovering-until'] or 0) then
    redis.call('HSET', STATE, 'recovering-until', digits(recovering_until))
  end
end
local reply = {
  (act == 'change' and 'changed') or (known and 'kept') or 'made',
  redis.call('HGET', STATE, 'epoch'),
}
for i = 7, #ARGV, 2 do
  local setting, value = ARGV[i], ARGV[i + 1]
  local old = redis.call('HGET', STATE, setting) or ''
  if act ~= 'change' then
    redis.call('HSETNX', STATE, setting, value)
  elseif old ~= value then
    redis.call('HSET', STATE, setting, value)
    note(by, from, setting, old, value)
    for _, word in ipairs({setting, old, value}) do
      reply[#reply + 1] = word
    end
  end
end
if act == 'change' then
  redis.call('HINCRBY', STATE, 'revision', 1)
end
return reply
