#!/usr/bin/env bats
# bats file_tags=plain
# SPDX-License-Identifier: ISC
#
# What shells complete is what the programs take.

bats_require_minimum_version 1.5.0

setup_file() {
	local top=$BATS_TEST_DIRNAME/../..

	cd "$BATS_FILE_TMPDIR" || return 1
	for shell in bash zsh fish; do
		"$top/scripts/completions" $shell $shell "$top"/man/loc-*.1
	done
}

setup() {
	cd "$BATS_FILE_TMPDIR" || return 1
}

# complete LINE... in bash, where the last word is what is begun.
complete_bash() {
	# the last command of it fails when nothing fits
	_loc "$1" "${@:$#}" "${@:$#-1:1}" || true
}

@test "bash: all options of all programs, files and words" {
	# shellcheck source=/dev/null
	. bash/loc
	for program in "$BATS_TEST_DIRNAME"/../../build/loc-*; do
		name=${program##*/}
		[ -L "bash/$name" ]
		complete_bash "$name" -
		usage=$("$program" -h)
		for option in "${COMPREPLY[@]}"; do
			case $option in
			--*) ;;
			*) [[ $usage =~ [[\ |]-[A-Za-z0-9]*${option#-} ||
			    $usage == *" | ${option#-} "* ]] ;;
			esac
		done
		# and none is missing
		while [[ $usage =~ [[\ ]-([A-Za-z0-9])([A-Za-z0-9]*)(.*) ]]; do
			[[ " ${COMPREPLY[*]} " == *" -${BASH_REMATCH[1]} "* ]]
			usage=" -${BASH_REMATCH[2]}${BASH_REMATCH[3]}"
		done
	done
	complete_bash loc-db m
	[ "${COMPREPLY[*]}" = 'migrate monitor' ]
	touch here.ini
	complete_bash loc-db -c here
	[ "${COMPREPLY[*]}" = here.ini ]
	complete_bash loc-db -H here
	[ "${#COMPREPLY[@]}" = 0 ]
	complete_bash loc-status s
	[[ " ${COMPREPLY[*]} " == *' spool '* ]]
}

@test "zsh" {
	command -v zsh || skip "no zsh here"
	zsh -n zsh/_loc
	run -0 python3 - <<-'END'
	import os, pty, select
	pid, fd = pty.fork()
	if pid == 0:
	    os.environ["TERM"] = "dumb"
	    os.execvp("zsh", ["zsh", "-f"])
	def until(what, out=b""):
	    while what not in out:
	        if not select.select([fd], [], [], 60)[0]:
	            raise SystemExit(out)
	        out += os.read(fd, 65536)
	    return out
	os.write(fd, b"PS1=; fpath=($PWD/zsh $fpath); autoload -Uz compinit; "
	    b"compinit -u -D; echo rea''dy\n")
	until(b"\nready")
	os.write(fd, b"loc-db mi\t")
	print(until(b"loc-db migrate "))
	os.close(fd)
	END
	[[ "$output" == *'loc-db migrate '* && "$output" != *'bad option'* ]]
}

@test "fish" {
	command -v fish || skip "no fish here"
	# shellcheck disable=SC2016	# fish expands it
	HOME=$PWD PATH=$BATS_TEST_DIRNAME/../../build:$PATH \
	    run -0 fish -c 'set -g fish_complete_path $PWD/fish
	    complete -C "loc-db m"
	    complete -C "loc-db -"'
	[[ "$output" == migrate*monitor*-H*-c* || "$output" == *-c*-H* ]]
}
