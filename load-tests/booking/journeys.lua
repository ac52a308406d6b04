-- Reserve and pay, over and over, for wrk. Arguments: a file with one pass per line, the first of the
-- evenings, with 1,000 seats each, and how many seats are there for each of the two threads. With RATE in the environment
-- so many journeys begin in a second, whether or not earlier ones are done; with SEATS, 2, 4 or 5, each wants so many.

local ffi = require("ffi")
ffi.cdef [[
  typedef struct { long seconds; long nanos; } moment;
  int clock_gettime(int clock, moment *now);
]]
local moment = ffi.new("moment")
local MONOTONIC = 1

local threads = {}

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

local function millis()
  ffi.C.clock_gettime(MONOTONIC, moment)
  return tonumber(moment.seconds) * 1000 + tonumber(moment.nanos) / 1e6
end

local passes, evening, seat = {}, 0, 0
local held = {}     -- reservations that are not paid yet, oldest first
local journeys = {} -- of what is held or asked for: when it began
local first, last = 1, 0

function init(arguments)
  for pass in io.lines(arguments[1]) do
    table.insert(passes, pass)
  end
  evening = tonumber(arguments[2])
  seat = tonumber(arguments[3]) * number
  apart = math.floor(#passes / 2) -- two threads must not come in the name of the same user
  begun = millis()
  run, keys = string.format("%d", begun), 0
  times, failed, example = "", 0, ""
  due = begun
end

local due_at = {} -- when requests were to be sent that have not been sent yet
local sent, planned = 0, 0

local several = tonumber(os.getenv("SEATS") or 1)
local rate = tonumber(os.getenv("RATE"))
if rate then
  function delay()
    due = due + 1000 / rate -- two requests a journey, two threads
    planned = planned + 1
    due_at[planned] = due
    return math.max(0, due - millis())
  end
end

-- Whoever would have come earlier has waited since then, whether or not there was a connection.
local function beginning()
  sent = sent + 1
  local was_due = due_at[sent]
  due_at[sent] = nil
  return was_due or millis()
end

local function post(path, pass, body)
  keys = keys + 1 -- as the shop does: a key of its own for every wish
  local key = number .. "-" .. run .. "-" .. keys
  return wrk.format("POST", path, { ["Stagedoor-Pass"] = pass, ["Content-Type"] = "application/json", ["Idempotency-Key"] = key }, body)
end

function request()
  local now = beginning()
  if first <= last then
    local next = held[first]
    held[first] = nil
    first = first + 1
    return post("/api/v1/reservations/" .. next .. "/payment", passes[journeys[next].who], "")
  end
  local schedule, place = evening + math.floor(seat / 1000), 1 + seat % 1000
  local who = 1 + number * apart + seat / several % apart
  journeys[schedule .. "/" .. place] = { who = who, begun = now }
  seat = seat + several
  local wanted = {}
  for next = place, place + several - 1 do
    table.insert(wanted, next)
  end
  return post("/api/v1/reservations", passes[who], '{"scheduleId":' .. schedule .. ',"seatNumbers":[' .. table.concat(wanted, ",") .. "]}")
end

function response(status, headers, body)
  local id = body:match('"reservationId":"([^"]+)"')
  if status ~= 201 or not id then
    failed, example = failed + 1, status .. " " .. body
  elseif body:find('"balanceAfter"', 1, true) then
    times = times .. string.format("%.1f ", millis() - journeys[id].begun)
    journeys[id] = nil
  else
    local wanted = body:match('"scheduleId":"?(%d+)') .. "/" .. body:match('"seatNumber":(%d+)')
    journeys[id], journeys[wanted] = journeys[wanted], nil
    last = last + 1
    held[last] = id
  end
end

function done(summary)
  local all, failures, example = {}, 0, ""
  for _, thread in ipairs(threads) do
    for time in thread:get("times"):gmatch("%S+") do
      table.insert(all, tonumber(time))
    end
    failures = failures + thread:get("failed")
    example = thread:get("example")
  end
  table.sort(all)
  local errors = summary.errors
  failures = failures + errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format("journeys/s %.0f p50 %.0f ms p99 %.0f ms failed %d %s\n", #all / summary.duration * 1e6,
    all[math.ceil(#all * 0.5)] or 0, all[math.ceil(#all * 0.99)] or 0, failures, example))
end
