/* SPDX-License-Identifier: ISC */
#include "base/buf.h"
#include "dump/create.h"

#include "tap.h"

#define END	") ENGINE=InnoDB DEFAULT CHARSET=utf8mb3"

static const struct {
	const char	*name, *create, *table, *keys;
} cases[] = {
	{ "indexes wait",
	    "CREATE TABLE `t` (\n  `a` int(11) NOT NULL,\n  `b` int(11),\n"
	    "  PRIMARY KEY (`a`),\n  UNIQUE KEY `u` (`b`),\n"
	    "  KEY `k,` (`b`,`a`)\n" END,
	    "CREATE TABLE IF NOT EXISTS `t` (\n  `a` int(11) NOT NULL,\n"
	    "  `b` int(11),\n  PRIMARY KEY (`a`)\n" END "\n",
	    "ALTER TABLE `t` ADD UNIQUE KEY `u` (`b`), ADD KEY `k,` (`b`,`a`)"
	},
	{ "a name with quotes",
	    "CREATE TABLE `a``b (x` (\n  `a` int,\n  PRIMARY KEY (`a`),\n"
	    "  KEY `k` (`a`)\n" END,
	    "CREATE TABLE IF NOT EXISTS `a``b (x` (\n  `a` int,\n"
	    "  PRIMARY KEY (`a`)\n" END "\n",
	    "ALTER TABLE `a``b (x` ADD KEY `k` (`a`)" },
	{ "without any index but the primary",
	    "CREATE TABLE `t` (\n  `a` int,\n  PRIMARY KEY (`a`)\n" END,
	    "CREATE TABLE IF NOT EXISTS `t` (\n  `a` int,\n"
	    "  PRIMARY KEY (`a`)\n" END "\n", "" },
	{ "without a primary key all stay",
	    "CREATE TABLE `t` (\n  `a` int,\n  KEY `k` (`a`)\n" END,
	    "CREATE TABLE IF NOT EXISTS `t` (\n  `a` int,\n"
	    "  KEY `k` (`a`)\n" END, "" },
	{ "with a counter, too",
	    "CREATE TABLE `t` (\n  `a` int AUTO_INCREMENT,\n"
	    "  PRIMARY KEY (`a`),\n  KEY `k` (`a`)\n" END,
	    "CREATE TABLE IF NOT EXISTS `t` (\n  `a` int AUTO_INCREMENT,\n"
	    "  PRIMARY KEY (`a`),\n  KEY `k` (`a`)\n" END, "" },
	{ "with foreign keys, too",
	    "CREATE TABLE `t` (\n  `a` int,\n  PRIMARY KEY (`a`),\n"
	    "  KEY `k` (`a`),\n  CONSTRAINT `c` FOREIGN KEY\n" END,
	    "CREATE TABLE IF NOT EXISTS `t` (\n  `a` int,\n"
	    "  PRIMARY KEY (`a`),\n  KEY `k` (`a`),\n"
	    "  CONSTRAINT `c` FOREIGN KEY\n" END, "" },
	{ "what is no table stays as it is", "CREATE VIEW v AS SELECT 1",
	    "CREATE VIEW v AS SELECT 1", "" },
	{ "nothing", "", "", "" },
};

static const char *const names[][2] = {
	{ "x utf8mb3 y", "x utf8 y" },
	{ "COLLATE=utf8mb3_general_ci", "COLLATE=utf8_general_ci" },
	{ "COMMENT 'utf8mb3 it''s \\' utf8mb3' utf8mb3",
	    "COMMENT 'utf8mb3 it''s \\' utf8mb3' utf8" },
	{ "`utf8mb3``' utf8mb3` utf8mb3", "`utf8mb3``' utf8mb3` utf8" },
	{ "utf8mb4", "utf8mb4" },
	{ "'open \\", "'open \\" },
};

int
main(void)
{
	struct base_buf keys, table;
	size_t i;

	base_buf_init(&keys);
	base_buf_init(&table);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		base_buf_reset(&keys);
		base_buf_reset(&table);
		base_buf_str(&keys, "");
		dump_create_split(&table, &keys, cases[i].create);
		is_str(table.data, cases[i].table, cases[i].name);
		is_str(keys.data, cases[i].keys, cases[i].name);
	}
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		base_buf_reset(&table);
		dump_create_rename(&table, names[i][0]);
		is_str(table.data, names[i][1], names[i][0]);
	}
	base_buf_done(&keys);
	base_buf_done(&table);
	return tap_done();
}
