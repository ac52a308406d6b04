-- Keeps somebody from joining until a time, or lets them again. Every gateway knows by its next view.
--
-- ARGV[2] user or network  ARGV[3] until when, epoch ms; 0 to lift the ban  ARGV[4] why
-- ARGV[5] the operator who does it  ARGV[6] from which address
-- Returns missing; absent, of one that is to be lifted; full, of one too many; or done

local who, until_ms, why, by, from = ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local old = redis.call('HGET', BANS, who)
if until_ms == '0' then
  if not old then
    return {'absent'}
  end
  redis.call('HDEL', BANS, who)
  note(by, from, 'ban ' .. who, old, '')
  return {'done'}
end
if not old and redis.call('HLEN', BANS) >= MOST_BANS then
  return {'full'}
end
local ban = until_ms .. ' ' .. by .. ' ' .. why
redis.call('HSET', BANS, who, ban)
note(by, from, 'ban ' .. who, old or '', ban)
return {'done'}
