-- Polls with many tokens in turn. Each thread reads the file TOKENS, one token a line, and begins at a place of its own.
local tokens, at = {}, 0
local started = 0

function setup(thread)
  thread:set("number", started)
  started = started + 1
end

function init()
  for line in io.lines(os.getenv("TOKENS")) do
    tokens[#tokens + 1] = { ["Queue-Token"] = line }
  end
  at = number * 7919
end

function request()
  at = at % #tokens + 1
  return wrk.format("GET", nil, tokens[at])
end
