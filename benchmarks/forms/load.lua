-- What wrk sends and tells: one form after another over each connection, each with a key of its own (see load.py).
-- Arguments: a file with the request as it goes over the wire, what stands in it for the key, connections, a seed.

local ffi = require("ffi")
ffi.cdef("typedef struct { uint64_t count, limit, min, max, data[]; } stats;") -- as in src/stats.h of wrk 4

local WORD = 2 ^ 32 - 1
local parts, threads = {}, {}
sent = -1 -- global, so that done() can ask for it; wrk has one request made only to see whether it is well formed

function setup(thread)
  threads[#threads + 1] = thread
end

function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  local text, from = file:read("*a"), 1
  file:close()
  for first, after in text:gmatch("()" .. arguments[2] .. "()") do
    parts[#parts + 1] = text:sub(from, first - 1)
    from = after
  end
  parts[#parts + 1] = text:sub(from)
  connections = tonumber(arguments[3])
  math.randomseed(tonumber(arguments[4]))
end

-- Keys are random, as those of real forms: rising ones would always land in the same page of the server's index.
function request()
  sent = sent + 1
  local key = ("%08x%08x%08x"):format(math.random(0, WORD), math.random(0, WORD), math.random(0, WORD))
  return table.concat(parts, key)
end

-- wrk adds times that it did not measure, for requests held back by a slow answer, before it calls done().
-- It goes up from twice the mean and adds to shorter times only; so going down takes away exactly what it added.
local function take_back(times, mean)
  for slow = tonumber(times.max), 2 * mean, -1 do
    local count, held = times.data[slow], slow - mean
    while count > 0 and held > mean do
      times.data[held] = times.data[held] - count
      times.count = times.count - count
      held = held - mean
    end
  end
end

function done(summary, latency)
  local thread, answered, errors = threads[1], summary.requests, summary.errors
  local times = ffi.cast("stats **", latency)[0]
  local each = math.floor(answered / thread:get("connections"))
  if each > 0 then
    take_back(times, math.floor(summary.duration / each))
  end
  assert(tonumber(times.count) == answered - errors.timeout, "not the times of the answers: another version of wrk?")
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  local told = '{"seconds": %f, "sent": %d, "answered": %d, "refused": %d, "broken": %d, "p50_ms": %f, "p99_ms": %f}\n'
  local p50, p99 = latency:percentile(50) / 1000, latency:percentile(99) / 1000
  io.write(told:format(summary.duration / 1e6, thread:get("sent"), answered, errors.status, broken, p50, p99))
end
