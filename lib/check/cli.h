/* SPDX-License-Identifier: ISC */
/*
 * What every program that reads location.ini can be asked before it is
 * started: -t, whether it could do its work; and -C, with which settings.
 */
#ifndef CHECK_CLI_H
#define CHECK_CLI_H

struct conf_file;
struct io_cli;

/* What a program works with; each of them may be optional. */
#define CHECK_CLI_RO		0x01	/* [database] ro_url */
#define CHECK_CLI_RW		0x02	/* rw_url */
#define CHECK_CLI_DDL		0x04	/* ddl_url */
#define CHECK_CLI_REDIS		0x08
#define CHECK_CLI_SPOOL		0x10	/* it writes there */
#define CHECK_CLI_GEOIP		0x20
#define CHECK_CLI_STATSD	0x40
#define CHECK_CLI_IF(what)	((what) << 8)	/* if it is configured */

#define CHECK_CLI_WORDS		0x10000	/* operands may stand behind */

/* The line of the synopsis. */
#define CHECK_CLI_SYNOPSIS	"-C | -t [-c config] [option ...]"

/* What a program was asked with -C or -t, for the function that looks at it. */
struct check_cli_asked {
	const struct conf_file *cf;
	const char *const *arg;		/* as in struct io_cli */
	char *const	*word;
	unsigned	 needs;		/* may be changed */
	int		 only_files;	/* ask no servers (-C) */
};

/* What a program tells of itself. */
struct check_cli {
	const char	*options;	/* as for io_cli_read() */
	const char	*synopsis;
	const char	*alone;		/* with them no settings are read, or
					 * NULL */
	unsigned	 needs;
	/*
	 * What looks at these of NEEDS: check_database, check_redis and
	 * check_geoip, if NEEDS may ever have them, or NULL.  They are named by
	 * the program so that only who uses these is linked with their
	 * libraries, which take twice as long to load as all else of a start.
	 */
	int		(*database)(const struct conf_file *cf, unsigned what);
	int		(*redis)(const struct conf_file *cf);
	int		(*geoip)(const char *path);
	/*
	 * What else may be wrong with the settings, or NULL: 0, or -1 after a
	 * warning.
	 */
	int		(*settings)(const struct conf_file *cf);
	/*
	 * What options and operands change of it, or NULL: NEEDS, and files
	 * and servers of their own.  EX_OK, or an exit status after warnings.
	 */
	int		(*given)(struct check_cli_asked *a);
};

/*
 * To be called first in main(), but for io_signals_hold().  If ARGV asks for
 * -C or -t this ends the program: with 0; or after warnings 66, 69, 73, 77 or
 * 78, see loc(7).  Else the command line is read into CLI, as io_cli_read()
 * does it; if that is NULL the program does so itself.  A command line that is
 * wrong ends the program in either case.
 *
 * If the program has an option -t with an argument of its own, ours is the one
 * that stands first, with nothing or another option behind it.
 *
 * Nothing is changed.  -C goes to standard output; what could not be used now
 * is only warned of then.
 */
void	check_cli(struct io_cli *cli, int argc, char *argv[],
	    const struct check_cli *c);

#endif
