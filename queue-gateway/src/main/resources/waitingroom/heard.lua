-- Adds to what is known of an epoch before: who waited behind those that <former> names when this gateway last called
-- the roll.
--
-- ARGV[2]  up to which sequence it had called it, with its last pages; 0 before
-- ARGV[3..] page, bits: a page is 32,768 places, place 0 the highest bit of the first byte; at most 64 pages
-- Returns   missing or ok

local mine = HEARD .. 'mine'
for i = 3, #ARGV, 2 do
  local page = HEARD .. ARGV[i]
  redis.call('SET', mine, ARGV[i + 1])
  redis.call('BITOP', 'OR', page, page, mine)
  redis.call('EXPIRE', page, LOST_FOR / 1000)
end
redis.call('DEL', mine)
if tonumber(ARGV[2]) > tonumber(redis.call('GET', HEARD .. 'until') or 0) then
  redis.call('SET', HEARD .. 'until', ARGV[2], 'PX', LOST_FOR)
end
return {'ok'}
