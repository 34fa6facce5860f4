# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# What the tests of supervisors do within their Debian.

# A tenth of a second later up to three hundred times: "$@" succeeds.
until_true() {
	local tries=300

	until "$@" >/dev/null 2>&1; do
		[ $((tries -= 1)) -gt 0 ] || { echo "never: $*"; return 1; }
		sleep 0.1
	done
}

# loc-serve answers.
answers() {
	until_true curl -sf --noproxy '*' \
	    http://127.0.0.1:7001/__lbheartbeat__
}

# Settings that loc-serve does without a server with, or not at all.
right_settings() {
	install -m 640 -g loc /dev/stdin /etc/location.ini <<-END
	[database]
	ro_url = mysql://ro:secret@127.0.0.1:9/location
	END
}

wrong_settings() {
	install -m 640 -g loc /dev/null /etc/location.ini
}

# What "$@" without its last word says has a line like that in the end.
says() {
	"${@:1:$#-1}" 2>&1 | grep -q "${@:$#}"
}

no_process() {
	! pidof "$1"
}
