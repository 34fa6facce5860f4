# shellcheck shell=bash
# SPDX-License-Identifier: ISC
#
# Databases as Ichnaea left them: "load ichnaea" after lib.
#
#	revisions	those of the chain of 2016, and then of the one of 2023
#	down REVISION	SQL that undoes it
#	ichnaea_left REVISION	SQL that makes of a new database of ours one that
#			is Ichnaea's at REVISION, without anything of ours

revisions=(4b11500c9014 fdd0b256cecc e23ba53ab89b 88d1704f1aef 27400b0c8b42
    4255b858a37e 6ec824122610 000000000000 1bdf1028a085 385f842b2526
    cad2875fd8cb d2d9ecb12edc 73c5f5ae5b23 30a4df7eafd5 5797389a3842
    138cb0d71dfb a0ee5e10f44b 3be4004781bc)

# What undoes a revision.
down() {
	local t
	case $1 in
	4b11500c9014) echo 'ALTER TABLE region_stat DROP blue;' ;;
	fdd0b256cecc) echo 'ALTER TABLE api_key DROP fallback_name,
	    DROP fallback_url, DROP fallback_ratelimit,
	    DROP fallback_ratelimit_interval, DROP fallback_cache_expire;' ;;
	e23ba53ab89b) echo 'DROP TABLE cell_gsm_ocid, cell_wcdma_ocid,
	    cell_lte_ocid;' ;;
	88d1704f1aef) echo 'CREATE TABLE cell_ocid LIKE cell_gsm;' ;;
	27400b0c8b42) echo 'ALTER TABLE api_key ADD log_locate tinyint(1),
	    ADD log_region tinyint(1), ADD log_submit tinyint(1);' ;;
	4255b858a37e) echo 'CREATE TABLE score (id int); CREATE TABLE user
	    (id int PRIMARY KEY, nickname varchar(128));' ;;
	6ec824122610) echo 'DROP TABLE export_config;' ;;
	1bdf1028a085) echo 'ALTER TABLE export_config DROP skip_sources;' ;;
	385f842b2526) echo 'ALTER TABLE api_key DROP allow_transfer;' ;;
	cad2875fd8cb) echo 'ALTER TABLE api_key DROP store_sample_locate,
	    DROP store_sample_submit;' ;;
	d2d9ecb12edc) for t in ne nw se sw; do
		echo "ALTER TABLE datamap_$t DROP KEY datamap_${t}_modified_idx;"
	    done ;;
	73c5f5ae5b23) echo 'ALTER TABLE api_key ADD shortname varchar(40)
	    AFTER allow_transfer;' ;;
	30a4df7eafd5) echo 'ALTER TABLE api_key DROP allow_region;' ;;
	5797389a3842) echo 'ALTER TABLE api_key DROP fallback_schema;' ;;
	138cb0d71dfb) for t in gsm wcdma lte area; do
		echo "CREATE TABLE cell_${t}_ocid LIKE cell_$t;"
	    done ;;
	a0ee5e10f44b) echo 'ALTER TABLE api_key ADD allow_transfer tinyint(1)
	    AFTER allow_locate;' ;;
	esac
}

# Tables and columns of stations that Ichnaea had in 2023.
ichnaea_tables="'alembic_version','api_key','cell_area','cell_gsm','cell_lte',
    'cell_wcdma','datamap_ne','datamap_nw','datamap_se','datamap_sw',
    'export_config','region_stat','stat'"
ichnaea_columns="'max_lat','min_lat','max_lon','min_lon','lat','lon','created',
    'modified','radius','region','samples','source','weight','last_seen',
    'block_first','block_last','block_count','mac','cellid','radio','mcc',
    'mnc','lac','cid','psc'"

ichnaea_left() {
	local r

	loc_sql "SET group_concat_max_len = 100000;
	    SELECT CONCAT('DROP TABLE ', GROUP_CONCAT(table_name), ';')
	    FROM information_schema.tables
	    WHERE table_schema = DATABASE()
	    AND table_name NOT IN ($ichnaea_tables)
	    AND table_name NOT REGEXP '^(wifi|blue)_shard_.\$';
	    SELECT CONCAT('ALTER TABLE ', table_name, ' ', GROUP_CONCAT('DROP ',
	    column_name), ';') FROM information_schema.columns
	    WHERE table_schema = DATABASE()
	    AND table_name REGEXP '^(wifi_shard_.|blue_shard_.|cell_(gsm|wcdma|lte))\$'
	    AND column_name NOT IN ($ichnaea_columns) GROUP BY table_name"
	echo 'ALTER TABLE region_stat DROP nr;'
	for r in $(printf '%s\n' "${revisions[@]}" | tac); do
		[ "$r" = "$1" ] && break
		down "$r"
	done
	echo "DELETE FROM alembic_version;
	    INSERT INTO alembic_version VALUES ('$1');"
}
