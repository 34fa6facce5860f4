-- SPDX-License-Identifier: ISC
-- Requests for tests/bench/serve: "-- ip|wifi2|wifi10|cell|country|report".

local kind

function init(args)
	kind = args[1]
	math.randomseed(1)
	wrk.method = "POST"
	wrk.headers["Content-Type"] = "application/json"
	wrk.headers["X-Forwarded-For"] = "81.2.69.192"
end

-- COUNT access points of place N, each in a table of its own.
local function wifis(n, count)
	local t = {}
	for i = 0, count - 1 do
		t[#t + 1] = string.format('{"macAddress":"a8:20:%x%x:%02x:' ..
		    '%02x:%02x","signalStrength":%d,"channel":6}', i,
		    math.floor(n / 16777216), math.floor(n / 65536) % 256,
		    math.floor(n / 256) % 256, n % 256, -50 - i)
	end
	return '"wifiAccessPoints":[' .. table.concat(t, ",") .. "]"
end

local function cell(n)
	return string.format('"cellTowers":[{"radioType":"lte",' ..
	    '"mobileCountryCode":234,"mobileNetworkCode":30,' ..
	    '"locationAreaCode":1,"cellId":%d,"signalStrength":-80}]', n)
end

local function reports()
	local t = {}
	for i = 1, 10 do
		local n = math.random(10000)
		t[i] = string.format('{"timestamp":1460000000000,' ..
		    '"position":{"latitude":%.6f,"longitude":-0.1,' ..
		    '"accuracy":10,"speed":1.5},%s}', 51 + n * 0.001,
		    wifis(n, 10))
	end
	return '{"items":[' .. table.concat(t, ",") .. "]}"
end

local bodies = {
	ip = function(n) return "{}" end,
	wifi2 = function(n) return "{" .. wifis(n, 2) .. "}" end,
	wifi10 = function(n) return "{" .. wifis(n, 10) .. "}" end,
	cell = function(n) return "{" .. cell(n) .. "}" end,
	country = function(n) return "{}" end,
	report = reports,
}
local paths = { country = "/v1/country", report = "/v2/geosubmit" }

function request()
	return wrk.format(nil, (paths[kind] or "/v1/geolocate") .. "?key=test",
	    nil, bodies[kind](math.random(10000)))
end
