-- Calls the roll, so that a gateway can tell after a loss who waited: a stretch of the line at a time.
--
-- ARGV[2]  behind which sequence
-- ARGV[3]  how many times a hundred sequences at most
-- Returns  missing, or ok, up to which sequence nobody else waits, 1 if that is all of the line, else 0, and the
--          distances between those who wait

local told, looked_to, through = distances_behind(tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[3] * BLOCK)
local newest = room['sequence']
local until_sequence = through and newest or math.min(looked_to, newest)
return {'ok', digits(until_sequence), through and 1 or 0, table.concat(told, ' ')}
