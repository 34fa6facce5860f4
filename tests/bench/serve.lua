-- SPDX-License-Identifier: ISC
-- Requests for tests/bench/serve: "-- PATH FILE", the lines of FILE in turn.

local requests = {}
local n = 0

function init(args)
	local headers = {
		["Content-Type"] = "application/json",
		["X-Forwarded-For"] = "81.2.69.192"
	}
	for body in io.lines(args[2]) do
		requests[#requests + 1] = wrk.format("POST", args[1], headers,
		    body)
	end
end

function request()
	n = n % #requests + 1
	return requests[n]
end
