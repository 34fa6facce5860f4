#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
# bats file_tags=plain
#
# The manual pages as people see them: mandoc(1) has no warning, nor has
# Debian's man(1), whose groff lays out tables in another way.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_DIRNAME/../.." || return 1
}

@test "mandoc has no warning" {
	command -v mandoc >/dev/null || skip "no mandoc"
	run -0 mandoc -Tlint -Wwarning man/*.[1-9]
	[ -z "$output" ]
}

@test "Debian's man has no warning, and no line is too long" {
	man --warnings --version >/dev/null 2>&1 && command -v groff >/dev/null ||
	    skip "no man-db and groff"
	for page in man/*.[1-9]; do
		MANWIDTH=80 man --warnings -l "$page" 2>"$BATS_TEST_TMPDIR/err" \
		    >"$BATS_TEST_TMPDIR/out"
		run cat "$BATS_TEST_TMPDIR/err"
		[ -z "$output" ]
		run awk -v page="$page" 'length > 100 {
			print page ": " $0
		}' "$BATS_TEST_TMPDIR/out"
		[ -z "$output" ]
	done
}

@test "the settings in loc-deploy(7) are good ones" {
	cd "$BATS_TEST_TMPDIR" || return 1
	awk '/^\.Bd -literal/ { getline; n++; on = /^\[(database|cache|s3)\]/ }
	    /^\.Ed/ { on = 0 }
	    on { gsub(/\\&/, ""); print >"sample" n ".ini" }' \
	    "$BATS_TEST_DIRNAME/../../man/loc-deploy.7"
	n=0
	for sample in sample*.ini; do
		grep -q '^ro_url' "$sample" || printf '%s\n' '[database]' \
		    'ro_url = mysql://localhost/location' >>"$sample"
		chmod 600 "$sample"
		run loc-serve -C -c "$sample"
		echo "$sample: $output"
		[ "$status" = 0 ]
		n=$((n + 1))
	done
	[ "$n" = 7 ]
}
