#!/usr/bin/env bats
# SPDX-License-Identifier: ISC

bats_require_minimum_version 1.5.0

@test "the same seed gives the same world, another seed another" {
	for what in reports queries cells; do
		one=$(loc-simulate -n 50 -s 7 $what | sha256sum)
		[ "$one" = "$(loc-simulate -n 50 -s 7 $what | sha256sum)" ]
		[ "$one" != "$(loc-simulate -n 50 -s 8 $what | sha256sum)" ]
	done
}

@test "the world of a seed is what it always was" {
	[ "$(loc-simulate -n 3 -s 7 reports | sha256sum | cut -c 1-16)" = \
	    35db71dc29beecb9 ]
	[ "$(loc-simulate -n 3 -s 7 queries | sha256sum | cut -c 1-16)" = \
	    bceae23283526543 ]
}

@test "reports are geosubmit items with a position and networks" {
	loc-simulate -n 200 reports | jq -es '
	    length == 200 and all(.position.latitude and .timestamp and
	    (.wifiAccessPoints or .cellTowers))'
}

@test "every radio is among them, 5G with long identities" {
	loc-simulate -n 200 reports | jq -es '[.[].cellTowers[]?] as $all |
	    ([$all[].radioType] | unique) == ["gsm", "lte", "nr", "wcdma"] and
	    all($all[] | select(.radioType == "nr");
	    .cellId > 4294967295 and .locationAreaCode > 65535)'
	[ "$(loc-simulate cells | sed 1d | cut -d, -f1 | sort -u | xargs)" = \
	    'GSM LTE NR UMTS' ]
}

@test "queries carry the truth" {
	loc-simulate -n 200 queries | jq -es '
	    length == 200 and all((.truth | length) == 3 and
	    (.query | has("position") | not))'
}

@test "cells are CSV without repetition, more in larger towns" {
	small=$(loc-simulate cells | wc -l)
	large=$(loc-simulate -w 5000 cells | wc -l)
	[ "$large" -gt $((5 * small)) ]
	[ -z "$(loc-simulate -w 5000 cells | cut -d, -f1-5 | sort | uniq -d)" ]
	loc-simulate cells | awk -F, 'NF != 14 { exit 1 }'
}

@test "a reader that stops early stops it" {
	run bash -c 'loc-simulate -n 1000000000 reports | head -1 | wc -l'
	[ "$output" = 1 ]
}

@test "wrong usage is 64, a full disk 74" {
	run -64 loc-simulate
	run -64 loc-simulate -n x reports
	[[ "$output" == *"-n x"* ]]
	run -64 loc-simulate planets
	run -74 bash -c 'loc-simulate reports >/dev/full'
	run -0 loc-simulate -h
	run -0 loc-simulate -V
}
