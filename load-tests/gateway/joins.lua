-- Joins as a guest each time; writes the tokens to the file TOKENS, if there is such a variable.
wrk.method = "POST"
local file

function init()
  local name = os.getenv("TOKENS")
  if name then
    file = io.open(name, "a")
    file:setvbuf("full", 1048576)
  end
end

function response(status, headers, body)
  local token = file and body:match('"token":"([^"]+)"')
  if token then
    file:write(token, "\n")
  end
end
