-- Ends one ticket, wherever it stands, remembers why, and tells every gateway. A ticket that has ended
-- already keeps its first reason; of one that nothing is known of, which a loss may have taken, the end is
-- remembered all the same, unless it is an operator's. Ends are counted, so that a gateway can tell that it has missed one.
--
-- ARGV[2] user  ARGV[3] sequence  ARGV[4] reason: completed | left | revoked
-- ARGV[5] the operator who did it  ARGV[6] from which address; both may be left out
-- Returns missing, ended or absent

local user, sequence, reason, by = ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local place = redis.call('ZSCORE', WAITING, user)
local stood = 'active'
if redis.call('HGET', PASSES, user) == sequence then
  leave_active({user}, reason)
elseif place and whole(place) == sequence then
  leave_waiting({user}, reason)
  stood = 'waiting'
elseif not by and not has_ended(user, sequence) then
  remember(user, sequence, reason)
  stood = 'unknown'
else
  return {'absent'}
end
count('ends', 1)
note(by, ARGV[6], 'ticket ' .. user .. ' ' .. sequence, stood, reason)
redis.call('PUBLISH', EVENTS, 'ended ' .. user .. ' ' .. sequence .. ' ' .. reason)
return {'ended'}
