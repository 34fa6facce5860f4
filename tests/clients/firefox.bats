#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Debian's Firefox, without a screen: a page asks where it is, and the
# browser itself for its country.

bats_require_minimum_version 1.5.0

setup() {
	load lib
	cd "$BATS_TEST_TMPDIR" || return 1
	need /usr/bin/firefox-esr
	loc_setup
	loc_geoip 127.0.0.1/32
	loc-key create test maxreq=0 >/dev/null
	loc_serve_start
}

teardown() {
	loc_stop
}

# A profile that asks us and nobody else, and allows pages to ask.
make_profile() {
	mkdir home profile
	cat >profile/user.js <<-END
	user_pref("geo.provider.network.url", "$URL/v1/geolocate?key=test");
	user_pref("geo.provider.use_geoclue", false);
	user_pref("geo.prompt.testing", true);
	user_pref("geo.prompt.testing.allow", true);
	user_pref("browser.region.network.url", "$URL/v1/country?key=test");
	user_pref("browser.region.update.enabled", true);
	user_pref("browser.shell.checkDefaultBrowser", false);
	user_pref("datareporting.policy.dataSubmissionEnabled", false);
	user_pref("datareporting.healthreport.uploadEnabled", false);
	user_pref("toolkit.telemetry.enabled", false);
	user_pref("app.normandy.enabled", false);
	user_pref("network.captive-portal-service.enabled", false);
	user_pref("network.connectivity-service.enabled", false);
	user_pref("network.proxy.type", 0);
	user_pref("services.settings.server", "http://127.0.0.1:9/");
	END
}

@test "a position for a page, and a country" {
	make_profile
	keep told.log "$BATS_TEST_DIRNAME/page.py" port
	until_ok test -s port
	HOME=$PWD/home MOZ_HEADLESS=1 keep firefox.log firefox-esr --headless \
	    --no-remote --profile profile "http://127.0.0.1:$(cat port)/"
	until_ok test -s told.log
	[ "$(cat told.log)" = '[51.5142,-0.0931,40000]' ]
	until_ok grep -q '"browser.search.region", "GB"' profile/prefs.js
}
