-- SPDX-License-Identifier: ISC
-- Requests for tests/bench/serve: "-- wifi|ip|report".

local kind

function init(args)
	kind = args[1]
	math.randomseed(1)
	wrk.method = "POST"
	wrk.headers["Content-Type"] = "application/json"
	wrk.headers["X-Forwarded-For"] = "81.2.69.192"
end

-- Ten access points of place N, one in each of ten tables.
local function wifis(n)
	local t = {}
	for i = 0, 9 do
		t[#t + 1] = string.format('{"macAddress":"a8:20:%x%x:%02x:' ..
		    '%02x:%02x","signalStrength":%d,"channel":6}', i,
		    math.floor(n / 16777216), math.floor(n / 65536) % 256,
		    math.floor(n / 256) % 256, n % 256, -50 - i)
	end
	return '"wifiAccessPoints":[' .. table.concat(t, ",") .. "]"
end

local function reports()
	local t = {}
	for i = 1, 10 do
		local n = math.random(10000)
		t[i] = string.format('{"timestamp":1460000000000,' ..
		    '"position":{"latitude":%.6f,"longitude":-0.1,' ..
		    '"accuracy":10,"speed":1.5},%s}', 51 + n * 0.001,
		    wifis(n))
	end
	return '{"items":[' .. table.concat(t, ",") .. "]}"
end

function request()
	if kind == "wifi" then
		return wrk.format(nil, "/v1/geolocate?key=test", nil,
		    "{" .. wifis(math.random(10000)) .. "}")
	elseif kind == "ip" then
		return wrk.format(nil, "/v1/geolocate?key=test", nil, "{}")
	end
	return wrk.format(nil, "/v2/geosubmit?key=test", nil, reports())
end
