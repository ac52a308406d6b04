-- One user wants seats of one evening over and over, by as many connections as there are, for wrk. Arguments: a pass and the evening.

local pass, evening, seat = "", 0, 0

function init(arguments)
  pass, evening = arguments[1], arguments[2]
end

function request()
  seat = seat % 1000 + 1
  local headers = { ["Stagedoor-Pass"] = pass, ["Content-Type"] = "application/json" }
  return wrk.format("POST", "/api/v1/reservations", headers, '{"scheduleId":' .. evening .. ',"seatNumbers":[' .. seat .. "]}")
end
