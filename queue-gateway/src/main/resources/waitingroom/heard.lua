-- Adds to what is known of an epoch before: of which places behind those that <former> names this gateway had heard
-- lately. Whoever waited had been heard of by one of them.
--
-- ARGV[2..] page, bits: a page is 32,768 places, place 0 the highest bit of the first byte; at most 64 pages
-- Returns   missing or ok

if not room['epoch'] then
  return {'missing'}
end
local mine = HEARD .. 'mine'
for i = 2, #ARGV, 2 do
  local page = HEARD .. ARGV[i]
  local before = redis.call('BITCOUNT', page)
  redis.call('SET', mine, ARGV[i + 1])
  redis.call('BITOP', 'OR', page, page, mine)
  redis.call('EXPIRE', page, LOST_FOR / 1000)
  redis.call('INCRBY', HEARD .. 'count', redis.call('BITCOUNT', page) - before)
end
redis.call('EXPIRE', HEARD .. 'count', LOST_FOR / 1000)
redis.call('DEL', mine)
return {'ok'}
