/* SPDX-License-Identifier: ISC */
/*
 * What ends a program is called in a child, whose status and output tell.
 */
#include <sys/wait.h>

#include <err.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>

#include "base/buf.h"
#include "io/cli.h"

#include "tap.h"

struct thing {
	const char	*name;
	int		 value;
};

static const struct thing things[] = { { "one", 1 }, { "two", 2 },
    { "three", 3 } };

static char text[4096];		/* what the last child wrote, to both */

/*
 * Run WORK(ARG) in a child that writes to OUT, or if that is -1 to where we
 * read.  Returns its status, or 256 and the number of the signal it died of.
 */
static int
run_child(void (*work)(const char *arg), const char *arg, int out)
{
	int fd[2], status;
	size_t len = 0;
	ssize_t n;
	pid_t pid;

	if (pipe(fd) == -1 || (fflush(stdout), pid = fork()) == -1)
		err(1, NULL);
	if (pid == 0) {
		dup2(out == -1 ? fd[1] : out, STDOUT_FILENO);
		dup2(fd[1], STDERR_FILENO);
		close(fd[0]);
		close(fd[1]);
		setprogname("prog");
		work(arg);
		_exit(99);
	}
	close(fd[1]);
	while ((n = read(fd[0], text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	close(fd[0]);
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? 256 + WTERMSIG(status) :
	    WEXITSTATUS(status);
}

/* The words of ARG, which blanks separate, behind the name of a program. */
static int
split_words(char *argv[16], const char *arg)
{
	static char words[256];
	int argc = 1;

	strlcpy(words, "prog", sizeof(words));
	strlcpy(words + 5, arg, sizeof(words) - 5);
	argv[0] = words;
	for (argv[argc] = strtok(words + 5, " "); argv[argc] != NULL;)
		argv[++argc] = strtok(NULL, " ");
	optind = 1;
	return argc;
}

/* Options -a and -b VALUE. */
static void
take_options(const char *arg)
{
	char *argv[16];
	int argc = split_words(argv, arg), ch;

	while ((ch = io_cli_next(argc, argv, "a(all)b:(best)",
	    "[-ab value]\n-c")) != -1)
		printf("%c%s,", ch, ch == 'b' ? optarg : "");
	printf("%d", argc - optind);
	io_cli_flush();
	_exit(0);
}

/* The same at once, -n NUMBER, and operands that are files. */
static void
take_all(const char *arg)
{
	char *argv[16];
	int argc = split_words(argv, arg), i;
	struct io_cli cli;

	io_cli_read(&cli, argc, argv, "a(all)b:n:", "-c");
	printf("%s,%s,%lld,%d:", cli.arg['a'], cli.arg['b'],
	    io_cli_num_or(&cli, 'n', 1, 9, -1), cli.words);
	io_cli_files(&cli);
	for (i = 0; i < cli.words; i++)
		printf(" %s", cli.word[i]);
	printf(cli.word[i] == NULL ? "." : "?");
	io_cli_flush();
	_exit(0);
}

static void
take_number(const char *arg)
{
	printf("%lld", io_cli_num('n', arg, -5, 10));
	io_cli_flush();
	_exit(0);
}

static void
take_word(const char *arg)
{
	const struct thing *t = io_cli_find(arg, things, 3, sizeof(things[0]));

	_exit(t->value);
}

static void
put_line(const char *arg)
{
	struct base_buf b;

	base_buf_init(&b);
	base_buf_str(&b, arg);
	io_cli_line(&b);
	if (b.len != 0)
		_exit(98);
	base_buf_str(&b, "x");
	io_cli_last(&b);
	if (b.data != NULL)
		_exit(97);
	io_cli_put("y", 1);
	io_cli_flush();
	_exit(0);
}

/* As a library has it. */
static void
put_ignoring(const char *arg)
{
	signal(SIGPIPE, SIG_IGN);
	put_line(arg);
}

static const struct {
	const char	*args, *want;
	int		 status;
} options[] = {
	{ "", "0", 0 },
	{ "-a -b v x", "a,bv,1", 0 },
	{ "x -ab v", "a,bv,1", 0 },
	{ "-- -a", "1", 0 },
	{ "--best v x", "bv,1", 0 },
	{ "--best=v --all", "bv,a,0", 0 },
	{ "-h", "usage: prog [-ab value]\n       prog -c\n", 0 },
	{ "--help", "usage: prog [-ab value]\n       prog -c\n", 0 },
	{ "-a x --help", "a,usage: prog [-ab value]\n       prog -c\n", 0 },
	{ "-c", "prog: invalid option -- 'c'\nusage: prog [-ab value]\n"
	    "       prog -c\n", 64 },
	{ "--what", "prog: unrecognized option '--what'\n"
	    "usage: prog [-ab value]\n       prog -c\n", 64 },
	{ "-b", "prog: option requires an argument -- 'b'\n"
	    "usage: prog [-ab value]\n       prog -c\n", 64 }
};

static const struct {
	const char	*args, *want;
	int		 status;
} whole[] = {
	{ "", "(null),(null),-1,0: -.", 0 },
	{ "-a -n 3 x - y", ",(null),3,3: x - y.", 0 },
	{ "x --all -b 1 -b 2", ",2,-1,1: x.", 0 },
	{ "-b -a", "(null),-a,-1,0: -.", 0 },
	{ "-n 0 -n 9", "(null),(null),9,0: -.", 0 },
	{ "-n 0", "prog: -n 0: too small (expected 1 to 9)\n", 64 },
	{ "-n 0 -c", "prog: invalid option -- 'c'\nusage: prog -c\n", 64 },
	{ "-a -h", "usage: prog -c\n", 0 }
};

static const struct {
	const char	*arg, *want;
	int		 status;
} numbers[] = {
	{ "10", "10", 0 },
	{ "-5", "-5", 0 },
	{ "11", "prog: -n 11: too large (expected -5 to 10)\n", 64 },
	{ "-6", "prog: -n -6: too small (expected -5 to 10)\n", 64 },
	{ "1x", "prog: -n 1x: invalid (expected -5 to 10)\n", 64 },
	{ "", "prog: -n : invalid (expected -5 to 10)\n", 64 }
};

int
main(void)
{
	int fd[2], full;
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		is_int(run_child(take_options, options[i].args, -1),
		    options[i].status, options[i].args);
		is_str(text, options[i].want, "its output");
	}
	for (i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
		is_int(run_child(take_all, whole[i].args, -1),
		    whole[i].status, whole[i].args);
		is_str(text, whole[i].want, "its output");
	}
	is_int(run_child(take_options, "-V", -1), 0, "-V");
	ok(strncmp(text, "prog ", 5) == 0, "says who it is");
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		is_int(run_child(take_number, numbers[i].arg, -1),
		    numbers[i].status, numbers[i].arg);
		is_str(text, numbers[i].want, "its output");
	}
	is_int(run_child(take_word, "two", -1), 2, "a word");
	is_int(run_child(take_word, "four", -1), 64, "another one");
	is_str(text, "prog: four: expected one, two or three\n",
	    "is told with those that there are");

	is_int(run_child(put_line, "line", -1), 0, "a line");
	is_str(text, "line\nx\ny", "and more");
	full = open("/dev/full", O_WRONLY);
	is_int(run_child(put_line, "line", full), 74, "a full disk");
	is_str(text, "prog: stdout: No space left on device\n", "is told");
	close(full);
	if (pipe(fd) == -1)
		err(1, NULL);
	close(fd[0]);
	is_int(run_child(put_line, "line", fd[1]), 256 + SIGPIPE,
	    "nobody reads");
	is_str(text, "", "is not told");
	is_int(run_child(put_ignoring, "line", fd[1]), 256 + SIGPIPE,
	    "the same while SIGPIPE is ignored");
	is_str(text, "", "is not told either");
	return tap_done();
}
