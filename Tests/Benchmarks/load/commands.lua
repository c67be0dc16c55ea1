-- Remarks under ids that nobody used before, each to the next of the paths that are given as arguments.
-- The first argument tells this run's ids from those of others.
dofile("report.lua")

local threads = 0

function setup(thread)
    thread:set("number", threads)
    threads = threads + 1
end

function init(arguments)
    run, paths, sent = arguments[1], {}, 0
    for place = 2, #arguments do paths[place - 1] = arguments[place] end
end

function request()
    sent = sent + 1
    local headers = {
        ["Accept"] = "application/json", ["Content-Type"] = "application/json",
        ["Idempotency-Key"] = string.format("%s-%d-%d", run, number, sent),
    }
    -- Threads begin at different paths.
    local path = paths[(sent + number * math.floor(#paths / 2)) % #paths + 1]
    return wrk.format("POST", path, headers, '{"input":"Noted: ask the insurer first.","proceed":false}')
end
