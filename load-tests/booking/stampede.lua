-- All connections want the same seat at the same moment, once, each in the name of another user, for wrk. Arguments:
-- a file with one pass per line, the evening, the seat, and of how many users each thread speaks; "again" if all want it
-- over and over, without a moment in common.

local ffi = require("ffi")
ffi.cdef [[
  typedef struct { long seconds; long nanos; } moment;
  int clock_gettime(int clock, moment *now);
]]
local moment = ffi.new("moment")
local MONOTONIC = 1
local MILLIS_TO_CONNECT = 1500
local NEVER = 3600 * 1000

local threads = {}

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

local function millis()
  ffi.C.clock_gettime(MONOTONIC, moment)
  return tonumber(moment.seconds) * 1000 + tonumber(moment.nanos) / 1e6
end

local passes, body, again, sent, delayed = {}, "", false, 0, 0

function init(arguments)
  local crowd = tonumber(arguments[4])
  local n = 0
  for pass in io.lines(arguments[1]) do
    if n >= number * crowd and n < (number + 1) * crowd then
      table.insert(passes, pass)
    end
    n = n + 1
  end
  body = '{"scheduleId":' .. arguments[2] .. ',"seatNumbers":[' .. arguments[3] .. "]}"
  again = arguments[5] == "again"
  opening = millis() + MILLIS_TO_CONNECT
  times, winners, failed, example = "", 0, 0, ""
end

function delay()
  if again then
    return 0
  end
  delayed = delayed + 1
  return delayed <= #passes and math.max(0, opening - millis()) or NEVER
end

function request()
  sent = sent + 1
  local headers = { ["Stagedoor-Pass"] = passes[1 + sent % #passes], ["Content-Type"] = "application/json" }
  return wrk.format("POST", "/api/v1/reservations", headers, body)
end

function response(status, headers, text)
  if again then
    return
  end
  if status == 409 then
    times = times .. string.format("%.1f ", millis() - opening)
  elseif status == 201 then
    winners = winners + 1
  else
    failed, example = failed + 1, status .. " " .. text
  end
end

function done(summary)
  local all, winners, failures, example = {}, 0, 0, ""
  for _, thread in ipairs(threads) do
    for time in thread:get("times"):gmatch("%S+") do
      table.insert(all, tonumber(time))
    end
    winners = winners + thread:get("winners")
    failures = failures + thread:get("failed")
    example = example .. thread:get("example")
  end
  table.sort(all)
  io.write(string.format("winners %d losers %d p50 %.0f ms p99 %.0f ms failed %d %s\n", winners, #all,
    all[math.ceil(#all * 0.5)] or 0, all[math.ceil(#all * 0.99)] or 0, failures, example))
end
