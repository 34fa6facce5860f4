#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Encryption, against age(1): each reads what the other wrote.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	loc_setup_alone </dev/null
	command -v age >/dev/null || skip 'no age'
	umask 077
	age-keygen -o key 2>/dev/null
	age-keygen -o other 2>/dev/null
	public=$(age-keygen -y key)
}

@test "age reads what we wrote, and we what age wrote, of any length" {
	for n in 0 1 65535 65536 65537 400000; do
		head -c "$n" /dev/urandom >plain
		seal_try seal "$public" <plain >sealed
		age -d -i key sealed | cmp - plain
		age -r "$public" plain | seal_try open key | cmp - plain
		# For several readers, of whom the last is ours.
		age -r "$(age-keygen -y other)" -r "$public" plain |
		    seal_try open key | cmp - plain
	done
	seal_try seal "$(age-keygen -y other) $public" <plain >sealed
	age -d -i key sealed | cmp - plain
	age -d -i other sealed | cmp - plain
	# Readers of another kind do not disturb.
	ssh-keygen -q -t ed25519 -N '' -f ssh 2>/dev/null || skip 'no ssh-keygen'
	age -R ssh.pub -r "$public" plain | seal_try open key | cmp - plain
}

@test "what age refuses we refuse" {
	head -c 200000 /dev/urandom >plain
	age -r "$public" plain >sealed
	run -65 seal_try open other <sealed
	[ "$output" = 'seal_try: stdin is encrypted to another key' ]
	head -c $((184 + 65536 + 16)) sealed >short
	run ! age -d -o /dev/null -i key short
	run -65 eval 'seal_try open key <short >/dev/null'
	[ "$output" = 'seal_try: stdin ends too early' ]
	run -65 seal_try open key <plain
	[ "$output" = 'seal_try: stdin is not encrypted with age' ]
	printf 'age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 10\n' >scrypt
	printf 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n--- ' >>scrypt
	printf 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n' >>scrypt
	run -65 seal_try open key <scrypt
	[ "$output" = 'seal_try: stdin is encrypted to another key' ]
}
