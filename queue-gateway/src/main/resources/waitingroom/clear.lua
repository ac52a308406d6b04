-- Ends the tickets of many, some at a time: of all those in one list whose user is like one of the patterns. Whoever
-- calls goes on with what is returned, first through the line and then through those inside, so that nobody who goes
-- in meanwhile is passed over. Of those who waited it is announced that there were some: gateways tell of everybody's next
-- sign at once, and hear who is over.
--
-- ARGV[2] waiting | active  ARGV[3] where to go on, 0 to begin  ARGV[4] ended so far
-- ARGV[5] whom the operator means  ARGV[6] the operator  ARGV[7] from which address
-- ARGV[8..] patterns
-- Returns missing, or ok, where to go on (0: at the end), ended so far

local LOOKED_AT = 1000

local list = ARGV[2] == 'active' and ACTIVE or WAITING
local found = redis.call('ZSCAN', list, ARGV[3], 'COUNT', LOOKED_AT)
local meant = {}
for i = 1, #found[2], 2 do
  local user = found[2][i]
  for p = 8, #ARGV do
    if string.find(user, ARGV[p]) then
      meant[#meant + 1] = user
      break
    end
  end
end
local ended = tonumber(ARGV[4]) + #meant
if list == WAITING then
  leave_waiting(meant, 'revoked')
  if #meant > 0 then
    redis.call('PUBLISH', EVENTS, 'cleared')
  end
elseif #meant > 0 then
  local tickets = redis.call('HMGET', PASSES, unpack(meant))
  leave_active(meant, 'revoked')
  count('ends', #meant)
  for i, user in ipairs(meant) do
    redis.call('PUBLISH', EVENTS, 'ended ' .. user .. ' ' .. (tickets[i] or '0') .. ' revoked')
  end
end
if list == ACTIVE and found[1] == '0' then
  note(ARGV[6], ARGV[7], 'end ' .. ARGV[5], '', digits(ended) .. ' ended')
end
return {'ok', found[1], digits(ended)}
