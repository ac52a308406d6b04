-- Writes settings. "seed" makes the room if it is missing and otherwise adds only what it lacks, so that
-- what was changed live survives a restart of the gateways. "change" overwrites and tells every gateway.
--
-- A room that is made begins a new epoch, and its sequences at the time in microseconds: larger than any
-- number given out before, even if everything that Redis knew is lost.
--
-- ARGV[2]   seed | change
-- ARGV[3]   ms for which a room made now only takes back those who had a place (seed)
-- ARGV[4..] setting, value, …
-- Returns   made | kept | changed | missing, then the epoch

local act = ARGV[2]
local known = room['epoch']
if not known and act == 'change' then
  return {'missing', 0}
end
if not known then
  local window = tonumber(ARGV[3])
  redis.call('HSET', STATE,
    'epoch', digits(now),
    'term', 0,
    'server', server,
    'sequence', digits(now * 1000),
    'cursor', 0,
    'handing-over-until', digits(now + math.min(window, HANDOVER)),
    'recovering-until', digits(now + window))
end
for i = 4, #ARGV, 2 do
  redis.call(act == 'change' and 'HSET' or 'HSETNX', STATE, ARGV[i], ARGV[i + 1])
end
if act == 'change' then
  redis.call('PUBLISH', EVENTS, 'settings')
end
return {
  (act == 'change' and 'changed') or (known and 'kept') or 'made',
  redis.call('HGET', STATE, 'epoch'),
}
