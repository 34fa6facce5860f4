#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Every acknowledged report is counted exactly once, whatever is killed.
# LOC_KILLS says how often something is killed (60; scripts/check -f: 600).

bats_require_minimum_version 1.5.0

setup() {
	load lib
	fault_setup
}

teardown() {
	fault_teardown
}

@test "reliability 1: kill -9 of everything under load" {
	copies
	begin
	keep forward loc-forward
	# Programs more often than servers, which take longer to come back.
	programs=(serve submit feed work1 work2 forward)
	victims=("${programs[@]}" "${programs[@]}" redis mariadb)
	for _ in $(seq "$(times 60)"); do
		sleep 0.2
		who=${victims[RANDOM % ${#victims[@]}]}
		case $who in
		redis|mariadb) loc_server_restart "$who" ;;
		*) hit KILL "$who" ;;
		esac
	done
	settle
	copied
}
