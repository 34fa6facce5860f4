#!/usr/bin/env bats
# SPDX-License-Identifier: ISC
#
# Recordings of every format, small ones made up here and, where they are to
# be had, real ones.

# Every test has its own $output, and $stderr comes from run.
# shellcheck disable=SC2030,SC2031,SC2154

bats_require_minimum_version 1.5.0

APP='WigleWifi-1.6,appRelease=2.97,model=X,release=14,device=x,display=x,board=x,brand=x,star=Sol,body=3,subBody=0'
HEADER='MAC,SSID,AuthMode,FirstSeen,Channel,Frequency,RSSI,CurrentLatitude,CurrentLongitude,AltitudeMeters,AccuracyMeters,RCOIs,MfgrId,Type'
PLACE=51.5,-0.1,20.5,4
T='2026-03-14 09:26:53' MS=1773480413000

setup() {
	load lib
	cd "$BATS_TEST_TMPDIR" || return 1
}

teardown() {
	loc_stop
}

# wigle ROW...: a file of the app
wigle() {
	printf '%s\n' "$APP" "$HEADER" "$@"
}

# wifi MAC [SSID [RSSI [TIME]]]: a row of it
wifi() {
	echo "$1,${2-},[ESS],${4:-$T},6,2437,${3:--60},$PLACE,,,WIFI"
}

# db FILE: made of the SQL in stdin
db() {
	python3 -c 'import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
db.executescript(sys.stdin.read())
db.commit()' "$1"
}

# archive FILE ENTRY...: a zip of these files
archive() {
	python3 -c 'import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as z:
    for name in sys.argv[2:]:
        z.write(name)' "$@"
}

# networks: addresses and cells of the reports in stdin, a report a line
networks() {
	jq -r '[(.wifiAccessPoints // [], .bluetoothBeacons // [])[].macAddress,
	    (.cellTowers // [])[].cellId] | map(tostring) | join(" ")'
}

@test "WiGLE: rows of a moment make a report, wherever they stand" {
	wigle "$(wifi 0c:11:22:33:44:01 one)" \
	    "$(wifi 0c:11:22:33:44:09 other -70 '2026-03-14 09:26:54')" \
	    "$(wifi 0C-11-22-33-44-02 '"a, ""b"""' -55)" \
	    "$(wifi 0c:11:22:33:44:01 one -50)" \
	    "26201_1289_27447296,Op,LTE;26201,$T,1300,1300,-97,$PLACE,,,LTE" \
	    "310410_1290_68719476735,Op,NR;310410,$T,0,0,-113,$PLACE,,,NR" \
	    "d4:ca:6e:aa:00:01,Tag,Misc,$T,,7936,-66,$PLACE,,76,BLE" >file
	run -0 --separate-stderr loc-convert file
	[ -z "$stderr" ]
	[ "${lines[0]}" = '{"timestamp":'$MS',"bluetoothBeacons":[{"macAddress":"d4ca6eaa0001","name":"Tag","signalStrength":-66}],"wifiAccessPoints":[{"macAddress":"0c1122334401","channel":6,"frequency":2437,"signalStrength":-50,"ssid":"one"},{"macAddress":"0c1122334402","channel":6,"frequency":2437,"signalStrength":-55,"ssid":"a, \"b\""}],"cellTowers":[{"radioType":"lte","mobileCountryCode":262,"mobileNetworkCode":1,"locationAreaCode":1289,"cellId":27447296,"signalStrength":-97},{"radioType":"nr","mobileCountryCode":310,"mobileNetworkCode":410,"locationAreaCode":1290,"cellId":68719476735}],"position":{"latitude":51.5,"longitude":-0.1,"accuracy":4.0,"altitude":20.5,"source":"gnss"}}' ]
	[ "$(networks <<<"${lines[1]}")" = 0c1122334409 ]
	# The same from a pipe, compressed, without its first line, in a zip.
	one=$output
	gzip <file >file.gz
	sed 1d file >headless
	printf '\xef\xbb\xbf' | cat - file | sed 's/$/\r/' >dos
	archive file.zip headless
	for file in file.gz headless dos file.zip; do
		run -0 loc-convert - <$file
		[ "$output" = "$one" ]
		run -0 loc-convert $file
		[ "$output" = "$one" ]
	done
}

@test "WiGLE: what gives nothing is counted" {
	wigle "$(wifi 0c:11:22:33:44:01 x_nomap)" \
	    "$(wifi 0c:11:22:33:44:02 x -60 '1970-01-01 00:00:00')" \
	    "$(wifi 00:00:00:00:00:00)" "$(wifi 01:00:5e:00:00:01)" \
	    "0c:11:22:33:44:03,,[ESS],$T,6,2437,-60,0,0,0,0,,,WIFI" \
	    "0c:11:22:33:44:04,,[IBSS],$T,6,2437,-60,$PLACE,,,WIFI" \
	    "4139_5_2331,,CDMA;x,$T,0,0,-60,$PLACE,,,CDMA" \
	    "04:11:22:33,,NfcA,$T,0,0,-60,$PLACE,,,NFC" \
	    "42502_22811_5369192,,UNKNOWN;il,$T,0,0,-60,$PLACE,,,GSM" \
	    "$(wifi 0c:11:22:33:44:05)" >file
	run -0 --separate-stderr loc-convert -v file
	[ "$(networks <<<"$output")" = 0c1122334405 ]
	[ "$stderr" = 'loc-convert: file: WiGLE CSV: 1 reports of 1 networks'\
' from 10 rows, 1 without position, 1 without time, 2 without identity,'\
' 1 opted out, 4 of no use' ]
	# Nothing at all is said without being asked.
	head -3 file >nothing
	run -0 loc-convert nothing
	[ "$output" = 'loc-convert: nothing: WiGLE CSV: 0 reports of 0'\
' networks from 1 rows, 1 opted out' ]
	wigle >empty
	run -0 --separate-stderr loc-convert empty
	[ -z "$output" ]
}

@test "bad rows are named, and the others converted" {
	wigle "$(wifi 0c:11:22:33:44)" "$(wifi 0c:11:22:33:44:01 x loud)" \
	    "0c:11:22:33:44:03,,[ESS],yesterday,6,2437,-60,$PLACE,,,WIFI" \
	    "0c:11:22:33:44:03,,[ESS],$T,6,2437,-60,91,0,0,0,,,WIFI" \
	    "0c:11:22:33:44:03,,[ESS],$T,6,2437,-60,east,0,0,0,,,WIFI" \
	    "0c:11:22:33:44:03,,[ESS],$T,6" \
	    "0c:11:22:33:44:03,,[ESS],$T,6,2437,-60,$PLACE,,,SONAR" \
	    "262_1289_27447296,,LTE;262,$T,0,0,-97,$PLACE,,,LTE" \
	    "$(wifi 0c:11:22:33:44:05)" >file
	run -65 --separate-stderr loc-convert file
	[ "$(networks <<<"$output")" = 0c1122334405 ]
	[ "$stderr" = 'loc-convert: file:3: MAC: expected an address
loc-convert: file:4: RSSI: expected a number
loc-convert: file:5: FirstSeen: expected a time as 2026-03-14 09:26:53
loc-convert: file:6: latitude: expected degrees of this earth
loc-convert: file:7: CurrentLatitude: expected a number
loc-convert: file:8: expected as many fields as the header has
loc-convert: file:9: Type: expected WIFI, GSM, WCDMA, LTE, NR, CDMA, BT, BLE or NFC
loc-convert: file:10: MAC: expected OPERATOR_AREA_CELL' ]
}

@test "a file of rubbish names twenty rows, or all" {
	{
		wigle
		for _ in {1..50}; do wifi junk; done
	} >file
	run -65 loc-convert file
	[ "${#lines[@]}" = 21 ]
	[ "${lines[20]}" = 'loc-convert: file: 30 more messages; -v has them' ]
	run -65 loc-convert -v file
	[ "${#lines[@]}" = 51 ]
}

@test "a file cut off anywhere gives what stands before" {
	wigle "$(wifi 0c:11:22:33:44:01)" "$(wifi 0c:11:22:33:44:02 '"x, y"')" \
	    >file
	size=$(($(wc -c <file) - 1))
	for n in 8 12 17 40 80; do
		head -c $((size - n)) file >cut.csv
		run -0 --separate-stderr loc-convert cut.csv
		[ "$(networks <<<"$output")" = 0c1122334401 ]
		[ "$stderr" = 'loc-convert: cut.csv:4: the file ends here, in the'\
' middle; what stands before is converted' ]
	done
	wifi MAC >row
	# Addresses that do not compress.
	yes "$(cat row)" | head -n 4000 | awk 'BEGIN { srand(1) } {
		sub("MAC", sprintf("0c:11:22:33:%d:%d", 10 + rand() * 90,
		    10 + rand() * 90))
		print
	}' >>file
	gzip <file | head -c 5000 >cut.gz
	run -65 --separate-stderr loc-convert cut.gz
	[ "$(networks <<<"$output" | wc -w)" -gt 100 ]
	[ "$stderr" = 'loc-convert: cut.gz: compressed data ends early' ]
}

@test "quotation marks: line breaks in names, and marks that never close" {
	wigle "$(wifi 0c:11:22:33:44:01 $'"two\nlines"')" \
	    "$(wifi 0c:11:22:33:44:02 '"open')" \
	    "$(wifi 0c:11:22:33:44:03 good)" >file
	for i in {10..60}; do
		wifi "0c:11:22:33:44:$i" "n$i" >>file
	done
	run -65 --separate-stderr loc-convert file
	[ "$stderr" = 'loc-convert: file:5: expected a quotation mark that closes' ]
	[ "$(networks <<<"$output" | wc -w)" = 53 ]
	[ "$(jq -r '.wifiAccessPoints[0].ssid' <<<"$output")" = $'two\nlines' ]
}

@test "WiGLE as others write it: columns, commas, versions" {
	cat >file <<-END
	WigleWifi-1.6,appRelease=1,model=ESP32
	MAC,SSID,AuthMode,FirstSeen,Channel,RSSI,Latitude,Longitude,AltitudeMeters,AccuracyMeters,Type
	0c:11:22:33:44:01,a,b,c,[ESS],2026-3-14 09:26:53,6,-60,51.5,-0.1,20,4,WIFI
	0c:11:22:33:44:02,a,b,[ESS],$T,6,-60,51.5,-0.1,nan,4,WIFI
	END
	run -65 --separate-stderr loc-convert file
	[ "$stderr" = 'loc-convert: file:3: FirstSeen: expected a time as 2026-03-14 09:26:53' ]
	[ "$(jq -c '.wifiAccessPoints' <<<"$output")" = '[{"macAddress":"0c1122334402","channel":6,"signalStrength":-60,"ssid":"a,b"}]' ]
	# Parts of a name with commas may be quoted, and are copied then.
	wigle "$(wifi 0c:11:22:33:44:01 'a,"b ""c"" d"')" \
	    "$(wifi 0c:11:22:33:44:02 '"a ""b"",c",d')" \
	    "$(wifi 0c:11:22:33:44:03 '"a, b",c,"d"')" >file
	run -0 loc-convert file
	[ "$(jq -c '[.wifiAccessPoints[].ssid]' <<<"$output")" = '["a,b \"c\" d","a \"b\",c,d","a, b,c,d"]' ]
	# Zones: UTC, as told, and as a time tells itself.
	wigle "$(wifi 0c:11:22:33:44:01 a -60 '2026-07-14 09:26:53')" \
	    "$(wifi 0c:11:22:33:44:02 a -60 '2026-07-14T09:26:53Z')" >file
	for zone in '' -z+02:00 -zEurope/Oslo; do
		run -0 loc-convert ${zone:+"$zone"} file
		jq .timestamp <<<"$output"
	done | xargs >told
	[ "$(cat told)" = '1784021213000 1784014013000 1784021213000 1784014013000 1784021213000' ]
	run -64 loc-convert -z Atlantis file
	[ "$output" = 'loc-convert: -z Atlantis: expected UTC, an offset as +02:00, or a zone as Europe/Oslo that /usr/share/zoneinfo has' ]
}

@test "WiGLE of Kismet: rows of two widths, kHz, octal names" {
	cat >file <<-END
	${APP/model=X/model=Kismet}
	$HEADER
	02:AA:00:00:00:00,a\\054\\303\\266\\,[ESS],$T,1,2412000,-50,45.4464,-71.9577,88.5,0,WIFI
	02:BB:00:00:00:00,tag,Misc [LE],2026-03-14 09:26:55,0,,-70,45.4464000000,-71.9577000000,88.5,0,,,BLE
	02:CC:00:00:00:00,,[ESS],$T,1,2412000,-50,45.4464,-71.9577,88.5,0,WIFI
	02:AA:00:00:00:00,x,[ESS],$T,1,2412,-50,45.5,-71.9577,88.5,0,WIFI
	END
	run -0 loc-convert file
	[ "${lines[0]}" = '{"timestamp":1773480415000,"bluetoothBeacons":[{"macAddress":"02bb00000000","name":"tag","signalStrength":-70}],"wifiAccessPoints":[{"macAddress":"02aa00000000","channel":1,"frequency":2412,"signalStrength":-50,"ssid":"a,\u00f6\\"}],"position":{"latitude":45.4464,"longitude":-71.9577,"altitude":88.5,"source":"gnss"}}' ]
	[ "$(jq -c '.wifiAccessPoints[0].frequency' <<<"${lines[1]}")" = 2412 ]
	[ "${#lines[@]}" = 2 ]
	sed 1d file >headless
	one=$output
	run -0 loc-convert -f kismet-wigle headless
	[ "$output" = "$one" ]
	sed 's/a\\054[^,]*,/"a ""\\101""",/' file >quoted
	run -0 loc-convert quoted
	[[ "$output" = *'"ssid":"a \"A\""'* ]]
}

@test "WiGLE's database" {
	db file <<-END
	CREATE TABLE network(bssid TEXT PRIMARY KEY, ssid TEXT, frequency INT,
	    capabilities TEXT, lasttime LONG, lastlat DOUBLE, lastlon DOUBLE,
	    type TEXT, bestlevel INT, bestlat DOUBLE, bestlon DOUBLE);
	CREATE TABLE location(_id INTEGER PRIMARY KEY, bssid TEXT, level INT,
	    lat DOUBLE, lon DOUBLE, altitude DOUBLE, accuracy FLOAT,
	    time LONG, external INT);
	INSERT INTO network VALUES ('0c:11:22:33:44:01', 'one', 2437, '[ESS]',
	    1, 1, 1, 'W', 1, 1, 1), ('26201_1_2', 'Op', 0, 'LTE;26201', 1, 1,
	    1, 'L', 1, 1, 1), ('d4:ca:6e:aa:00:01', 'b', 7936, '', 1, 1, 1,
	    'E', 1, 1, 1), ('0c:11:22:33:44:02', 'n_nomap', 2437, '[ESS]', 1,
	    1, 1, 'W', 1, 1, 1);
	INSERT INTO location VALUES
	    (1, '0c:11:22:33:44:01', -60, 51.5, -0.1, 20, 4, $MS, 0),
	    (2, '26201_1_2', -113, 51.5, -0.1, 20, 4, $MS, 0),
	    (3, 'd4:ca:6e:aa:00:01', -70, 51.5, -0.1, 20, 4, $MS, 0),
	    (4, '0c:11:22:33:44:01', -60, 51.5, -0.1, 20, 4, $MS, 1),
	    (5, '0c:11:22:33:44:02', -60, 51.5, -0.1, 20, 4, $MS, 0),
	    (6, '0c:11:22:33:44:01', -60, 'north', -0.1, 20, 4, $MS, 0);
	END
	run -65 --separate-stderr loc-convert file
	[ "$output" = '{"timestamp":'$MS',"bluetoothBeacons":[{"macAddress":"d4ca6eaa0001","name":"b","signalStrength":-70}],"wifiAccessPoints":[{"macAddress":"0c1122334401","frequency":2437,"signalStrength":-60,"ssid":"one"}],"cellTowers":[{"radioType":"lte","mobileCountryCode":262,"mobileNetworkCode":1,"locationAreaCode":1,"cellId":2}],"position":{"latitude":51.5,"longitude":-0.1,"accuracy":4.0,"altitude":20.0,"source":"gnss"}}' ]
	[ "$stderr" = 'loc-convert: file:6: location.lat: expected a number' ]
	# From a pipe, compressed, in an archive; nothing is left behind.
	one=$output
	mkdir tmp
	gzip <file >file.gz
	archive file.zip file
	for file in file.gz file.zip file; do
		TMPDIR=$PWD/tmp run -65 --separate-stderr loc-convert - <$file
		[ "$output" = "$one" ]
	done
	[ -z "$(ls tmp)" ]
	# Phones keep what is new in a log beside it.
	python3 -c 'import os, shutil, sqlite3
db = sqlite3.connect("file")
db.execute("PRAGMA journal_mode = WAL")
db.execute("DELETE FROM location WHERE _id > 1")
db.commit()
for end in "", "-wal":
    shutil.copy("file" + end, "phone" + end)'
	run -0 loc-convert phone
	[ "$(networks <<<"$output")" = 0c1122334401 ]
	rm -f phone-*
	run -65 loc-convert phone
	[ "${#lines[@]}" = 2 ]
}

# kismet VERSION: the SQL of its tables, as of db_version
kismet() {
	local more='alt REAL, speed REAL, heading REAL,' type=REAL signal=''

	if [ "$1" -le 4 ]; then
		more='' type=INT
	fi
	[ "$1" -lt 10 ] || signal=', signal INT'
	cat <<-END
	CREATE TABLE KISMET (kismet_version TEXT, db_version INT,
	    db_module TEXT);
	INSERT INTO KISMET VALUES ('x', $1, 'kismetlog');
	CREATE TABLE devices (first_time INT, last_time INT, devkey TEXT,
	    phyname TEXT, devmac TEXT, strongest_signal INT, type TEXT,
	    device BLOB, UNIQUE(phyname, devmac) ON CONFLICT REPLACE);
	CREATE TABLE packets (ts_sec INT, ts_usec INT, phyname TEXT,
	    sourcemac TEXT, destmac TEXT, transmac TEXT, frequency REAL,
	    devkey TEXT, lat $type, lon $type, $more packet_len INT,
	    signal INT, datasource TEXT, dlt INT, packet BLOB, error INT);
	CREATE TABLE data (ts_sec INT, ts_usec INT, phyname TEXT, devmac TEXT,
	    lat $type, lon $type, $more datasource TEXT, type TEXT,
	    json BLOB $signal);
	END
}

@test "Kismet's database, new and old" {
	ap='{"kismet.device.base.channel":"6","dot11.device":{"dot11.device.last_beaconed_ssid_record":{"dot11.advertisedssid.ssid":"one"}}}'
	{
		kismet 10
		cat <<-END
		INSERT INTO devices VALUES (1, 2, '0', 'IEEE802.11',
		    '0C:11:22:33:44:01', -50, 'Wi-Fi AP', '$ap'),
		    (1, 2, '0', 'IEEE802.11', '0C:11:22:33:44:02', -50,
		    'Wi-Fi Client', '{}'), (1, 2, '0', 'BTLE',
		    'D4:CA:6E:AA:00:01', -50, 'BTLE',
		    '{"kismet.device.base.commonname":"tag"}');
		INSERT INTO packets VALUES
		    (1773480413, 250000, 'IEEE802.11', '0C:11:22:33:44:01', '',
		    '', 2437000, '0', 51.5, -0.1, 20, 36, 90, 10, -60, '', 1,
		    '', 0), (1773480413, 500000, 'IEEE802.11',
		    '0C:11:22:33:44:01', '', '', 2432000, '0', 51.5, -0.1, 20,
		    36, 90, 10, -55, '', 1, '', 0), (1773480413, 1,
		    'IEEE802.11', '0C:11:22:33:44:02', '', '', 2437000, '0',
		    51.5, -0.1, 20, 36, 90, 10, -50, '', 1, '', 0);
		INSERT INTO data VALUES (1773480413, 0, 'BTLE',
		    'D4:CA:6E:AA:00:01', 51.5, -0.1, 20, 36, 90, '', '', '',
		    -70);
		END
	} | db new.kismet
	run -0 --separate-stderr loc-convert new.kismet
	[ "$output" = '{"timestamp":1773480413500,"bluetoothBeacons":[{"macAddress":"d4ca6eaa0001","name":"tag","signalStrength":-70}],"wifiAccessPoints":[{"macAddress":"0c1122334401","channel":6,"signalStrength":-55,"ssid":"one"}],"position":{"latitude":51.5,"longitude":-0.1,"altitude":20.0,"heading":90.0,"speed":10.0,"source":"gnss"}}' ]
	{
		kismet 4
		cat <<-END
		INSERT INTO devices VALUES (1, 2, '0', 'IEEE802.11',
		    '0C:11:22:33:44:01', -50, 'Wi-Fi AP',
		    '{"dot11.device":{"dot11.device.last_beaconed_ssid":"old"}}');
		INSERT INTO packets VALUES (1773480413, 250000, 'IEEE802.11',
		    '0C:11:22:33:44:01', '', '', 2437000, '0', 5150000, -10000,
		    10, -60, '', 1, '', 0);
		END
	} | db old.kismet
	run -0 --separate-stderr loc-convert old.kismet
	[ "$output" = '{"timestamp":1773480413250,"wifiAccessPoints":[{"macAddress":"0c1122334401","frequency":2437,"signalStrength":-60,"ssid":"old"}],"position":{"latitude":51.5,"longitude":-0.1,"source":"gnss"}}' ]
}

# netxml: of three networks
netxml() {
	cat <<-END
	<?xml version="1.0" encoding="ISO-8859-1"?>
	<!DOCTYPE detection-run SYSTEM "http://kismetwireless.net/kismet-3.1.0.dtd">
	<detection-run kismet-version="2016.07.R1" start-time="Sat Mar 14 09:00:00 2026">
	 <wireless-network number="1" type="infrastructure" first-time="Sat Mar 14 09:20:00 2026" last-time="Sat Mar 14 09:26:53 2026">
	  <SSID last-time="Sat Mar 14 09:26:53 2026"><type>Beacon</type><essid cloaked="false">caf&#x00e9;</essid></SSID>
	  <BSSID>0C:11:22:33:44:01</BSSID><channel>6</channel>
	  <freqmhz>2432 2</freqmhz><freqmhz>2437 9</freqmhz>
	  <snr-info><max_signal_dbm>-60</max_signal_dbm></snr-info>
	  <gps-info><min-lat>51.5</min-lat><min-lon>-0.1</min-lon><max-lat>51.5</max-lat><max-lon>-0.1</max-lon><peak-lat>51.500000</peak-lat><peak-lon>-0.100000</peak-lon><peak-alt>20.000000</peak-alt></gps-info>
	  <wireless-client number="1" type="tods"><client-mac>0C:11:22:33:44:77</client-mac><snr-info><max_signal_dbm>-10</max_signal_dbm></snr-info><gps-info><peak-lat>1</peak-lat><peak-lon>1</peak-lon></gps-info></wireless-client>
	 </wireless-network>
	 <wireless-network number="2" type="probe" first-time="Sat Mar 14 09:20:00 2026" last-time="Sat Mar 14 09:26:53 2026">
	  <BSSID>0C:11:22:33:44:02</BSSID>
	  <gps-info><peak-lat>51.5</peak-lat><peak-lon>-0.1</peak-lon></gps-info>
	 </wireless-network>
	 <wireless-network number="3" type="infrastructure" first-time="Sat Mar 14 09:20:00 2026" last-time="Sat Mar 14 09:26:53 2026">
	  <BSSID>0C:11:22:33:44:03</BSSID>
	  <gps-info><min-lat>51.5</min-lat><min-lon>-0.1</min-lon><max-lat>51.6</max-lat><max-lon>-0.1</max-lon><peak-lat>51.5</peak-lat><peak-lon>-0.1</peak-lon></gps-info>
	 </wireless-network>
	</detection-run>
	END
}

@test "Kismet's netxml and gpsxml, each and both" {
	netxml >run.netxml
	point='time-sec="1773480413" lat="51.500000" lon="-0.100000" spd="1" heading="2" fix="3" alt="20.000000"'
	cat >run.gpsxml <<-END
	<?xml version="1.0" encoding="ISO-8859-1"?>
	<!DOCTYPE gps-run SYSTEM "http://kismetwireless.net/kismet-gps-2.9.1.dtd">
	<gps-run gps-version="5" start-time="Sat Mar 14 09:00:00 2026">
	<network-file>run.netxml</network-file>
	<gps-point bssid="GP:SD:TR:AC:KL:OG" time-usec="0" $point/>
	<gps-point bssid="0C:11:22:33:44:01" source="0C:11:22:33:44:01" time-usec="500000" $point signal_dbm="-70"/>
	<gps-point bssid="0C:11:22:33:44:01" source="0C:11:22:33:44:01" time-usec="250000" $point signal_dbm="-65"/>
	<gps-point bssid="0C:11:22:33:44:01" source="0C:11:22:33:44:77" time-usec="0" $point signal_dbm="-10"/>
	<gps-point bssid="0C:11:22:33:44:02" source="0C:11:22:33:44:02" time-usec="0" $point signal_dbm="108"/>
	END
	run -0 --separate-stderr loc-convert run.netxml
	[ "$output" = '{"timestamp":'$MS',"wifiAccessPoints":[{"macAddress":"0c1122334401","channel":6,"frequency":2437,"signalStrength":-60,"ssid":"caf\u00e9"}],"position":{"latitude":51.5,"longitude":-0.1,"altitude":20.0,"source":"gnss"}}' ]
	[ "$stderr" = 'loc-convert: run.netxml: its local times do not say their zone and were taken as UTC: -z tells it' ]
	run -0 --separate-stderr loc-convert -z +01 run.netxml
	[ "$(jq .timestamp <<<"$output")$stderr" = $((MS - 3600000)) ]
	run -0 --separate-stderr loc-convert run.gpsxml
	[ "$output" = '{"timestamp":1773480413500,"wifiAccessPoints":[{"macAddress":"0c1122334401","signalStrength":-65},{"macAddress":"0c1122334402"}],"position":{"latitude":51.5,"longitude":-0.1,"altitude":20.0,"source":"gnss"}}' ]
	[ "$stderr" = 'loc-convert: run.gpsxml:10: the file ends here, in the middle; what stands before is converted' ]
	run -0 --separate-stderr loc-convert run.netxml run.gpsxml
	[ "$output" = '{"timestamp":1773480413500,"wifiAccessPoints":[{"macAddress":"0c1122334401","channel":6,"frequency":2437,"signalStrength":-65,"ssid":"caf\u00e9"}],"position":{"latitude":51.5,"longitude":-0.1,"altitude":20.0,"source":"gnss"}}' ]
	# airodump-ng writes speeds as altitudes.
	sed 's/2016.07.R1/airodump-ng-1.0/' run.netxml >dump-01.kismet.netxml
	run -0 --separate-stderr loc-convert -zUTC dump-01.kismet.netxml
	[ "$(jq -c .position <<<"$output")" = '{"latitude":51.5,"longitude":-0.1,"source":"gnss"}' ]
}

@test "XML: entities of its own, depth, damage, and where it breaks off" {
	netxml | sed 's/<!DOCTYPE.*/<!DOCTYPE detection-run [<!ENTITY a "aaaa"><!ENTITY b "\&a;\&a;">]>/' >bomb
	run -65 loc-convert -f netxml bomb
	[ "$output" = 'loc-convert: bomb:2: expected no entities of its own' ]
	netxml | sed 's/<snr-info>/<snr-info/' >broken
	run -65 loc-convert broken
	[ "${lines[0]}" = 'loc-convert: broken:8: expected XML; it is passed over from here on' ]
	{
		echo '<detection-run>'
		printf '<a>%.0s' {1..100}
	} >deep
	run -65 loc-convert deep
	[ "$output" = 'loc-convert: deep:2: expected elements that are not so deep in each other' ]
}

@test "airodump-ng: its log, and tables without observations" {
	printf '%s\r\n' 'LocalTime, GPSTime, ESSID, BSSID, Power, Security, Latitude, Longitude, Latitude Error, Longitude Error, Type' \
	    "$T,$T,a,b,0C:11:22:33:44:01,-1, WPA2 ,51.500000,-0.100000,4.2,3.1,AP" \
	    "$T,$T,,0C:11:22:33:44:02,-70,,51.500000,-0.100000,4.2,3.1,Client" \
	    "$T,1900-01-00 00:00:00,x,0C:11:22:33:44:03,-50, OPN,51.500000,-0.100000,4.2,3.1,AP" \
	    >dump-01.log.csv
	run -0 --separate-stderr loc-convert dump-01.log.csv
	[ "$output" = '{"timestamp":'$MS',"wifiAccessPoints":[{"macAddress":"0c1122334401","ssid":"a,b"}],"position":{"latitude":51.5,"longitude":-0.1,"accuracy":4.2,"source":"gnss"}}' ]
	run -0 loc-convert -z +01:00 dump-01.log.csv
	[ "$(jq .timestamp <<<"${lines[1]}")" = $((MS - 3600000)) ]
	{
		echo 'Network;NetType;ESSID;BSSID;Info;Channel;Cloaked;Encryption;Decrypted;MaxRate;MaxSeenRate;Beacon;LLC;Data;Crypt;Weak;Total;Carrier;Encoding;FirstTime;LastTime;BestQuality;BestSignal;BestNoise;GPSMinLat;GPSMinLon;GPSMinAlt;GPSMinSpd;GPSMaxLat;GPSMaxLon;GPSMaxAlt;GPSMaxSpd;GPSBestLat;GPSBestLon;GPSBestAlt;DataSize;IPType;IP;'
		printf '1;infrastructure;a;b;0C:11:22:33:44:01;;6;No;WPA2;No;54.0;0;6;0;0;0;0;0;;;Sat Mar 14 09:20:00 2026;Sat Mar 14 09:26:53 2026;-36;0;0;0;0;0;0;0;0;0;0;51.5;-0.1;3.5;0;0;0.0.0.0;\r\n'
		printf '2;infrastructure;x;0C:11:22:33:44:02;;6;No;WPA2;No;54.0;0;6;0;0;0;0;0;;;Sat Mar 14 09:20:00 2026;Sat Mar 14 09:26:53 2026;-36;0;0;0;0;0;0;0;0;0;0;0.000000;0.000000;0;0;0;0.0.0.0;\r\n'
	} >dump-01.kismet.csv
	run -0 --separate-stderr loc-convert -z UTC dump-01.kismet.csv
	[ "$output" = '{"timestamp":'$MS',"wifiAccessPoints":[{"macAddress":"0c1122334401","channel":6,"signalStrength":-36,"ssid":"a;b"}],"position":{"latitude":51.5,"longitude":-0.1,"source":"gnss"}}' ]
	printf '\r\nBSSID, First time seen, Last time seen, channel\r\n0C:11:22:33:44:01, x, y, 6\r\n\r\nStation MAC, First time seen\r\n' >dump-01.csv
	run -0 loc-convert dump-01.csv
	[ "$output" = 'loc-convert: dump-01.csv: CSV of airodump-ng, which has no positions: 0 reports of 0 networks from 1 rows, 1 without position' ]
	echo '{"class":"TPV","lat":51.5,"lon":-0.1,"time":"2026-03-14T09:26:53Z"}' >dump-01.gps
	run -0 loc-convert dump-01.gps
	[ "$output" = 'loc-convert: dump-01.gps: log of gpsd, which has no networks: 0 reports of 0 networks from 1 rows, 1 without identity' ]
}

@test "NeoStumbler: three tables, and its database" {
	p=timestamp,latitude,longitude,locationAccuracy,altitude,altitudeAccuracy,locationAge,speed,pressure
	at=$MS,51.5,-0.1,4,20,1.5,412,1.37,1013.25
	later=$((MS + 1000)),51.5,-0.1,4,,,0,,
	printf '%s\r\n' "$p,macAddress,wifiScanAge,signalStrength,ssid" \
	    "$at,0C:11:22:33:44:01,-35,-60,\"a,b\"" \
	    "$later,0C:11:22:33:44:01,-35,-60,x" >wifis.csv
	printf '%s\r\n' "$p,cellId,radioType,mcc,mnc,lac,psc,signalStrength,asu,arfcn,cellScanAge" \
	    "$at,68719476735,nr,262,01,8514,96,-88,40,1300,90" \
	    "$at,,lte,262,01,,97,-99,,1300,91" >cells.csv
	printf '%s\r\n' "$p,macAddress,beaconType,id1,id2,id3,bluetoothScanAge,signalStrength" \
	    "$later,D4:CA:6E:AA:00:01,533,x,0,1,60,-70" >beacons.csv
	archive export.zip beacons.csv cells.csv wifis.csv
	run -0 --separate-stderr loc-convert export.zip
	[ "${lines[0]}" = '{"timestamp":'$MS',"wifiAccessPoints":[{"macAddress":"0c1122334401","age":-35,"signalStrength":-60,"ssid":"a,b"}],"cellTowers":[{"radioType":"nr","mobileCountryCode":262,"mobileNetworkCode":1,"locationAreaCode":8514,"cellId":68719476735,"age":90,"asu":40,"primaryScramblingCode":96,"signalStrength":-88},{"radioType":"lte","mobileCountryCode":262,"mobileNetworkCode":1,"age":91,"primaryScramblingCode":97,"signalStrength":-99}],"position":{"latitude":51.5,"longitude":-0.1,"accuracy":4.0,"age":412,"altitude":20.0,"altitudeAccuracy":1.5,"pressure":1013.25,"speed":1.37,"source":"fused"}}' ]
	[ "$(networks <<<"${lines[1]}")" = '0c1122334401 d4ca6eaa0001' ]
	[ "${#lines[@]}" = 2 ]
	archive one.zip wifis.csv
	[ "$(loc-convert one.zip)" = "$(loc-convert wifis.csv)" ]
	sed -i '2s/-60/loud/' wifis.csv
	archive bad.zip wifis.csv cells.csv
	run -65 --separate-stderr loc-convert bad.zip
	[ "$stderr" = 'loc-convert: bad.zip:wifis.csv:2: signalStrength: expected a whole number' ]

	for version in 8 2; do
		entity=Entity
		[ $version = 8 ] || entity=''
		db new.$version <<-END
		CREATE TABLE Report (id INTEGER PRIMARY KEY, timestamp INTEGER,
		    uploaded INTEGER);
		CREATE TABLE Position$entity (id INTEGER PRIMARY KEY,
		    latitude REAL, longitude REAL, accuracy REAL, age INTEGER,
		    speed REAL, source TEXT, reportId INTEGER);
		CREATE TABLE WifiAccessPoint$entity (id INTEGER PRIMARY KEY,
		    macAddress TEXT, age INTEGER, channel INTEGER,
		    frequency INTEGER, signalStrength INTEGER, ssid TEXT,
		    reportId INTEGER);
		CREATE TABLE CellTower$entity (id INTEGER PRIMARY KEY,
		    radioType TEXT, mobileCountryCode TEXT,
		    mobileNetworkCode TEXT, cellId INTEGER,
		    locationAreaCode INTEGER, age INTEGER, reportId INTEGER);
		CREATE TABLE BluetoothBeacon$entity (id INTEGER PRIMARY KEY,
		    macAddress TEXT, age INTEGER, signalStrength INTEGER,
		    name TEXT, reportId INTEGER);
		INSERT INTO Report VALUES (7, $MS, 0);
		INSERT INTO Position$entity VALUES (1, 51.5, -0.1, 4, 412, 0,
		    'gps', 7);
		INSERT INTO WifiAccessPoint$entity VALUES (1,
		    '0c:11:22:33:44:01', 5, 6, 2437, -60, 'one', 7);
		INSERT INTO CellTower$entity VALUES (1, 'lte', '262', '01', 3,
		    4, 90, 7);
		INSERT INTO BluetoothBeacon$entity VALUES (1,
		    'd4:ca:6e:aa:00:01', 60, -70, 'b', 7);
		PRAGMA user_version = $version;
		END
		run -0 --separate-stderr loc-convert new.$version
		[ "$output" = '{"timestamp":'$MS',"bluetoothBeacons":[{"macAddress":"d4ca6eaa0001","age":60,"name":"b","signalStrength":-70}],"wifiAccessPoints":[{"macAddress":"0c1122334401","age":5,"channel":6,"frequency":2437,"signalStrength":-60,"ssid":"one"}],"cellTowers":[{"radioType":"lte","mobileCountryCode":262,"mobileNetworkCode":1,"locationAreaCode":4,"cellId":3,"age":90}],"position":{"latitude":51.5,"longitude":-0.1,"accuracy":4.0,"age":412,"speed":0.0,"source":"gnss"}}' ]
	done
}

@test "Tower Collector: five exports of one recording agree" {
	printf '%s\r\n' 'mcc,mnc,lac,cell_id,psc,asu,dbm,ta,lat,lon,accuracy,speed,bearing,altitude,measured_at,net_type,neighboring,device' \
	    '262,1,5115,21432552,214,44,-96,3,51.50000000,-0.10000000,4,0,90,20,"2026-03-14T09:26:53.494Z",LTE,false,"A "x" phone"' \
	    '262,2,40321,8129031,312,15,-98,2147483647,51.50000000,-0.10000000,4,0,90,20,"2026-03-14T09:26:53.494Z",UMTS,true,"A"' \
	    ',4139,5,2331,9,9,-90,,51.50000000,-0.10000000,4,0,90,20,"2026-03-14T09:26:53.494Z",CDMA,false,"A"' \
	    >tc.csv
	run -0 --separate-stderr loc-convert tc.csv
	[ "$output" = '{"timestamp":1773480413494,"cellTowers":[{"radioType":"lte","mobileCountryCode":262,"mobileNetworkCode":1,"locationAreaCode":5115,"cellId":21432552,"asu":44,"primaryScramblingCode":214,"serving":1,"signalStrength":-96,"timingAdvance":3},{"radioType":"wcdma","mobileCountryCode":262,"mobileNetworkCode":2,"locationAreaCode":40321,"cellId":8129031,"asu":15,"primaryScramblingCode":312,"serving":0,"signalStrength":-98}],"position":{"latitude":51.5,"longitude":-0.1,"accuracy":4.0,"altitude":20.0,"heading":90.0,"source":"gnss"}}' ]
	report=$output

	printf '%s\n' 'lat,lon,mcc,mnc,sid,lac,tac,nid,cellid,bid,psc,pci,signal,ta,measured_at,rating,speed,direction,act,devn' \
	    '51.50000000,-0.10000000,262,1,,,5115,,21432552,,,214,44,3,"2026-03-14 09:26:53.494Z",4,0,90,LTE,"A"' >ocid.csv
	printf '51.50000000,-0.10000000,262,2,,40321,,,8129031,,312,,-98,,"2026-03-14 09:26:53.494Z",4,0,90,UMTS,"A"' >>ocid.csv
	run -0 --separate-stderr loc-convert ocid.csv
	[ "$output" = "$(jq -c 'del(.position.altitude, .cellTowers[].serving,
	    .cellTowers[0].signalStrength, .cellTowers[1].asu) |
	    .position |= map_values(if type == "number" then . else . end)' \
	    <<<"$report" | sed 's/"longitude":-0.1,"accuracy":4,/"longitude":-0.1,"accuracy":4.0,/; s/"heading":90,/"heading":90.0,/')" ]

	c1='(MCC 262, MNC 1, LAC 5115, CID 21432552, PSC 214, Signal strength -96 dBm, Network LTE)'
	c2='(MCC 262, MNC 2, LAC 40321, CID 8129031, PSC 312, Signal strength -98 dBm, Network UMTS, neighboring)'
	c3='(MNC 4139, LAC 5, CID 2331, Network CDMA), (GPS accuracy 4 m)'
	cat >tc.gpx <<-END
	<?xml version="1.0" encoding="utf-8"?>
	<gpx version="1.1" creator="Tower Collector 2.17.0" xmlns="http://www.topografix.com/GPX/1/1" xmlns:gpxtpx="http://www.garmin.com/xmlschemas/TrackPointExtension/v2">
	<trk><name>Sessions</name><trkseg><trkpt lat="51.50000000" lon="-0.10000000"><ele>20</ele><time>2026-03-14T09:26:53Z</time>
	<name><![CDATA[$c1, $c2, $c3]]></name><extensions><gpxtpx:TrackPointExtension><gpxtpx:bearing>90</gpxtpx:bearing></gpxtpx:TrackPointExtension></extensions>
	</trkpt></trkseg></trk></gpx>
	END
	cat >tc.kml <<-END
	<?xml version="1.0" encoding="utf-8"?>
	<kml xmlns="http://www.opengis.net/kml/2.2"><Document><description>File generated by Tower Collector 2.17.0 on A</description>
	<Folder><Folder><Placemark><name>$c1, $c2, $c3</name><description><![CDATA[<table><tr><td>Heading: 90</td></tr></table>]]></description>
	<TimeStamp><when>2026-03-14T09:26:53Z</when></TimeStamp><Point><coordinates>-0.10000000,51.50000000,20</coordinates></Point></Placemark>
	<Placemark><name>Path</name><MultiGeometry><LineString><coordinates>-0.1,51.5,20</coordinates></LineString></MultiGeometry></Placemark>
	</Folder></Folder></Document></kml>
	END
	map=$(sed 's/494,/000,/; s/"asu":[0-9]*,//g; s/,"timingAdvance":3//' <<<"$report")
	archive tc.kmz tc.kml
	for file in tc.gpx tc.kml tc.kmz; do
		run -0 --separate-stderr loc-convert $file
		[ "$output$stderr" = "$map" ]
	done

	cat >mls.json <<-END
	{
	"items":[
	,{"timestamp":1773480413494,"position":{"latitude":51.5,"longitude":-0.1,"accuracy":4,"altitude":20,"heading":90,"speed":0,"source":"gps"},"cellTowers":[{"radioType":"lte","mobileCountryCode":262,"mobileNetworkCode":1,"locationAreaCode":5115,"cellId":21432552,"primaryScramblingCode":214,"asu":44,"signalStrength":-96,"timingAdvance":3,"arfcn":1300,"serving":1},{"radioType":"umts","mobileCountryCode":262,"mobileNetworkCode":2,"locationAreaCode":40321,"cellId":8129031,"primaryScramblingCode":312,"asu":15,"signalStrength":-98,"serving":0}]}
	,,]}
	END
	run -0 --separate-stderr loc-convert mls.json
	[ "$output$stderr" = "$report" ]
}

@test "openBmap" {
	gps='lng="-0.1" lat="51.5" alt="20.0" hdg="45.5" spe="1.25" accuracy="6.0"'
	cat >file <<-END
	<?xml version="1.0" encoding="UTF-8" ?>
	<logfile manufacturer="A & B" model="M&amp;N" revision="R" swid="Radiobeacon" swver="1" exportver="1">
	<scan time="20260314092653"><gps time="20260314092653" $gps type="begin" />
	<wifiap bssid="0C1122334401" md5essid="x" ssid="one" capa="[ESS]" ss="-60" ntiu="2412"/>
	<wifiap bssid="0C1122334402" md5essid="x" ssid="x_nomap" capa="[ESS]" ss="-60" ntiu="2412"/>
	<gsmserving mcc="262" mnc="01" lac="5" id="134283263" act_id="1" rnc="2" psc="-1" ss="-85" act="HSPA" rxlev="14"/>
	<gsmneighbour mcc="262" mnc="01" lac="5" id="-1" psc="7" act="UMTS" rxlev="9"/>
	<gps time="20260314092655" $gps type="end" /></scan>
	<scan time="20260314092700"><gps time="20260314092700" $gps type="begin" />
	<wifiap bssid="0C1122334403" capa="" ss="-60" ntiu="2412"/>
	<gps time="20260314092705" ${gps/51.5/51.6} type="end" /></scan>
	</logfile>
	END
	run -0 --separate-stderr loc-convert -v -z +01:00 file
	[ "$output" = '{"timestamp":'$((MS - 3600000))',"wifiAccessPoints":[{"macAddress":"0c1122334401","frequency":2412,"signalStrength":-60,"ssid":"one"}],"cellTowers":[{"radioType":"wcdma","mobileCountryCode":262,"mobileNetworkCode":1,"locationAreaCode":5,"cellId":134283263,"asu":14,"serving":1,"signalStrength":-85}],"position":{"latitude":51.5,"longitude":-0.1,"accuracy":6.0,"altitude":20.0,"heading":45.5,"speed":1.25,"source":"gnss"}}' ]
	[ "$stderr" = 'loc-convert: file: XML of openBmap: 1 reports of 2 networks from 5 rows, 1 without identity, 1 opted out, 1 on the move' ]
	run -0 --separate-stderr loc-convert file
	[[ "$stderr" == *'were taken as UTC: -z tells it' ]]
}

@test "bodies of the submit interfaces, MozStumbler's, and backup objects" {
	w='"wifiAccessPoints":[{"macAddress":"0C:11:22:33:44:01","age":30,"signalStrength":-60}]'
	flat='"latitude":51.5,"longitude":-0.1,"accuracy":4'
	# In order: v2, in one line; v1; submit; a line on its own; several
	# lines; a network twice, private, of nobody, and with a signal of 0.
	cat >bodies <<-END
	{"items":[{"timestamp":$MS,"position":{$flat},$w}],"more":{"items":[1]}}
	{"items":[{"timestamp":$MS,$flat,"carrier":"x",$w}]}
	{"items":[{"time":"2026-03-14T09:26:53Z","lat":51.5,"lon":-0.1,"wifi":[{"key":"0c1122334401"}]}]}
	{"timestamp":$MS,"position":{$flat},$w,"optOut":{"wifi":["0c1122334409"]}}
	{"items": [
	  {"timestamp": $MS, "position": {"latitude": 51.5,
	   "longitude": -0.1}, $w}
	]}
	{"timestamp":$MS,"position":{$flat},"wifiAccessPoints":[{"macAddress":"0c1122334401","signalStrength":-70},{"macAddress":"0c1122334401","signalStrength":-60},{"macAddress":"0c1122334402","ssid":"a_nomap"},{"macAddress":"000000000000"},{"macAddress":"0c1122334403","signalStrength":0}]}
	END
	run -0 --separate-stderr loc-convert -v bodies
	[ "${lines[0]}" = '{"timestamp":'$MS',"wifiAccessPoints":[{"macAddress":"0c1122334401","age":30,"signalStrength":-60}],"position":{"latitude":51.5,"longitude":-0.1,"accuracy":4.0}}' ]
	[ "${lines[1]}" = '{"carrier":"x","timestamp":'$MS',"wifiAccessPoints":[{"macAddress":"0c1122334401","age":30,"signalStrength":-60}],"position":{"latitude":51.5,"longitude":-0.1,"accuracy":4.0}}' ]
	[ "${lines[2]}" = '{"timestamp":'$MS',"wifiAccessPoints":[{"macAddress":"0c1122334401"}],"position":{"latitude":51.5,"longitude":-0.1}}' ]
	[ "$(jq -c .optOut <<<"${lines[3]}")" = '{"wifi":["0c1122334409"]}' ]
	[ "${#lines[@]}" = 6 ]
	[ "$(jq -c .wifiAccessPoints <<<"${lines[5]}")" = '[{"macAddress":"0c1122334401","signalStrength":-60},{"macAddress":"0c1122334403"}]' ]
	# Without place or time, no JSON, no report, and cut off.
	cat >bad <<-END
	{"items":[{"timestamp":$MS,$w},{"position":{$flat},$w},{"a":1b},7,{"timestamp":$MS,"position":{$flat},$w}]}
	{"items":[{"timestamp":$MS,"position":{$flat},$w},{"timestamp":$MS,
	END
	run -65 --separate-stderr loc-convert -v bad
	[ "${#lines[@]}" = 2 ]
	[ "$stderr" = 'loc-convert: bad:1: expected JSON
loc-convert: bad:1: expected a JSON object
loc-convert: bad:3: the file ends here, in the middle; what stands before is converted
loc-convert: bad: reports in JSON: 2 reports of 2 networks from 6 rows, 2 bad, 1 without position, 1 without time' ]
	# The ages of MozStumbler, by its members or as told.
	echo '{"items":[{"timestamp":'$MS',"latitude":51.5,"longitude":-0.1,"speed":0,'"$w"'}]}' |
	    gzip >moz.gz
	run -0 loc-convert moz.gz
	[ "$output" = '{"timestamp":'$MS',"wifiAccessPoints":[{"macAddress":"0c1122334401","age":-30,"signalStrength":-60}],"position":{"latitude":51.5,"longitude":-0.1}}' ]
	run -0 loc-convert -f geosubmit moz.gz
	[ "$(jq -c '[.wifiAccessPoints[0].age, .position.speed]' <<<"$output")" = '[30,0]' ]
	run -0 loc-convert -f mozstumbler bodies
	[ "$(jq -c '.wifiAccessPoints[0].age' <<<"${lines[0]} ${lines[1]}" | xargs)" = '30 -30' ]
}

@test "the output is what loc-submit writes itself" {
	wigle "$(wifi 0c:11:22:33:44:01 one)" \
	    "26201_1289_27447296,Op,LTE;26201,$T,1300,1300,-97,$PLACE,,,LTE" >file
	loc-convert file >once
	loc-convert once >twice
	cmp once twice
}

@test "databases that are damaged, or set traps" {
	db file <<-END
	CREATE TABLE network(bssid TEXT PRIMARY KEY, ssid TEXT, frequency INT,
	    capabilities TEXT, type TEXT);
	CREATE TABLE location(_id INTEGER PRIMARY KEY, bssid TEXT, level INT,
	    lat DOUBLE, lon DOUBLE, altitude DOUBLE, accuracy FLOAT,
	    time LONG, external INT);
	WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n
	    WHERE i < 3000) INSERT INTO location SELECT i,
	    printf('0c:11:22:33:44:%02x', i % 200), -60, 51.5, -0.1, 20, 4,
	    $MS + i, 0 FROM n;
	INSERT INTO network SELECT DISTINCT bssid, 'x', 2437, '', 'W'
	    FROM location;
	END
	[ "$(loc-convert file | wc -l)" = 3000 ]
	# A page of the middle is rubbish: what stands before is converted.
	cp file broken
	yes rubbish | head -c 8192 |
	    dd of=broken bs=4096 seek=30 conv=notrunc status=none
	run -65 --separate-stderr loc-convert broken
	[[ "$stderr" == 'loc-convert: broken: the database is damaged: '* ]]
	[ "${#lines[@]}" -gt 100 ]
	# What it repeats of a schema does not steer a terminal.
	python3 - <<-END
	name = b"tablenetwork"
	data = open("file", "rb").read().replace(b"CREATE TABLE network", b"CREXXX TABLE network")
	open("broken", "wb").write(data.replace(name, b"tabl" + b"\x1b[2J\nan"))
	END
	run -65 loc-convert broken
	[[ "$output" == 'loc-convert: broken: the database is damaged: '* ]]
	[[ "$output" != *[[:cntrl:]]* ]]
	for size in 16 100 4096 20000; do
		head -c $size file >short
		run -65 loc-convert short
		[[ "$output" == *'loc-convert: short: '* ]]
	done
	# A view that never ends is no table.
	db trap <<-END
	CREATE TABLE network(bssid TEXT PRIMARY KEY);
	CREATE VIEW location AS WITH RECURSIVE n(bssid) AS (VALUES (1)
	    UNION ALL SELECT bssid FROM n) SELECT bssid FROM n;
	END
	run -65 loc-convert trap
	[ "$output" = 'loc-convert: trap: expected a database of Kismet, NeoStumbler or WiGLE, but its tables are others' ]
	# Values of any type.
	db types <<-END
	CREATE TABLE network(bssid TEXT PRIMARY KEY, ssid TEXT, frequency INT,
	    capabilities TEXT, type TEXT);
	CREATE TABLE location(_id INTEGER PRIMARY KEY, bssid, level, lat, lon,
	    altitude, accuracy, time, external);
	INSERT INTO network VALUES (x'00', zeroblob(100000), 'x', 7, 'W'),
	    ('0c:11:22:33:44:01', x'ff00ff', 2437, NULL, 'W');
	INSERT INTO location VALUES (1, x'00', 1, 51.5, -0.1, 1, 1, $MS, 0),
	    (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	    (3, '0c:11:22:33:44:01', 9e99, '51.5', '-0.1', x'01', 1, $MS, 0),
	    (4, '0c:11:22:33:44:01', '-60.0', '51.5', '-0.1', '', 1, '$MS', 0);
	END
	run -65 --separate-stderr loc-convert types
	[ "$(jq -c .wifiAccessPoints[0].signalStrength <<<"$output")" = -60 ]
	[ "$stderr" = 'loc-convert: types:3: location.altitude: expected a number' ]
}

@test "what is no recording" {
	echo 'some,other,table' >table
	echo '<html></html>' >page
	printf '\x9d\0\xfe%.0s' {1..2000} >noise
	printf 'PK\3\4 and so on' >zip
	: >empty
	for file in table page noise; do
		run -65 loc-convert $file
		[ "$output" = "loc-convert: $file: not a recording in any format that is known" ]
	done
	wigle "$(wifi 0c:11:22:33:44:01)" | iconv -t UTF-16 >utf16
	run -65 loc-convert utf16
	[[ "$output" == *'but it is UTF-16: iconv '* ]]
	wigle "$(wifi 0c:11:22:33:44:01)" >entry
	archive in.zip entry
	archive out.zip in.zip entry
	run -65 --separate-stderr loc-convert out.zip
	[ "$(networks <<<"$output")" = 0c1122334401 ]
	[ "$stderr" = 'loc-convert: out.zip:in.zip: an archive within an archive: unpack it' ]
	printf '%s\n' 1,2 3,4 >rows
	run -65 loc-convert -f wigle rows
	[ "$output" = 'loc-convert: rows:1: expected a header before the rows' ]
	run -65 loc-convert zip
	[[ "$output" == 'loc-convert: zip: the archive is damaged: '* ]]
	run -0 loc-convert empty
	[ -z "$output" ]
	run -66 loc-convert none empty
	[ "$output" = 'loc-convert: none: No such file or directory' ]
	run -64 loc-convert -f gpx empty
	[[ "$output" == 'loc-convert: gpx: expected airodump, '*', wigle-db or zip' ]]
	wigle "$(wifi 0c:11:22:33:44:01)" >file
	run -74 bash -c 'loc-convert file >/dev/full'
}

@test "a recording becomes stations" {
	loc_setup
	cd "$BATS_TEST_TMPDIR"
	wigle "$(wifi 0c:11:22:33:44:01 one)" "$(wifi 0c:11:22:33:44:02 two)" \
	    "26201_1289_27447296,Op,LTE;26201,$T,1300,1300,-97,52.5,13.4,30,4,,,LTE" \
	    "$(wifi 0c:11:22:33:44:03 x_nomap)" | gzip >file.gz
	loc-convert -v file.gz | sed "s/\"timestamp\":[0-9]*/\"timestamp\":$(date +%s)000/" |
	    loc-submit -v
	loc-feed -1
	loc-work -1
	[ "$(loc_sql 'SELECT hex(mac) FROM wifi_shard_2 WHERE
	    abs(lat - 51.5) < 1e-6 AND abs(lon + 0.1) < 1e-6' | xargs)" = \
	    '0C1122334401 0C1122334402' ]
	[ "$(loc_sql 'SELECT mcc, mnc, lac, cid FROM cell_lte')" = \
	    $'262\t1\t1289\t27447296' ]
	[ "$(loc_sql 'SELECT count(*) FROM loc_optout')" = 0 ]
}

# What the real files give: reports, networks.
real='airodump2017-01.csv 0 0
airodump2017-01.kismet.csv 0 0
kismet2016_20221017.gpsxml 32 102
kismet2016_20221017.netxml 0 0
kismet2016_nogps.netxml 0 0
kismet2016_perth.netxml 2 2
made_airodump-01.gps 0 0
made_airodump-01.log.csv 39 45
made_kismet2026.wiglecsv 43 62
made_kismetdb_v10.kismet 111 174
made_neostumbler_export.zip 30 203
made_openbmap-wifi.xml 12 36
made_towercollector-mls.json 30 59
made_towercollector-ocid.csv 30 59
made_towercollector.csv 30 59
made_towercollector.gpx 30 59
made_towercollector.kml 30 59
made_wigle16_cells.csv 3 18
neostumbler_v8_reports.db 14 14
wigle14_gsm_2017.csv 324 434
wigle16_kristiansand_part1.csv 105 348'

@test "real recordings" {
	require_shared data/recordings/SOURCES.md
	while read -r file reports networks; do
		run -0 --separate-stderr loc-convert -z UTC -v \
		    "$LOC_SHARED/data/recordings/$file"
		[[ "$stderr" == *": $reports reports of $networks networks from "* ]] || {
			echo "$stderr"
			return 1
		}
		[ -z "$output" ] || jq -es 'map(.timestamp > 1e12 and
		    (.position.latitude | type) == "number" and
		    ((.wifiAccessPoints // []) + (.cellTowers // []) +
		    (.bluetoothBeacons // []) | length) > 0) | all' \
		    <<<"$output" >/dev/null
	done <<<"$real"
	run -0 loc-convert "$LOC_SHARED"/data/recordings/kismet2016_20221017.*xml
	[ "$(networks <<<"$output" | wc -w)" -gt 50 ]
}
