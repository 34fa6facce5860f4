/* SPDX-License-Identifier: ISC */
/*
 * loc-backup key: a new pair of keys.  The secret one goes to a file that only
 * its owner can read, which did not exist; the public one is printed.
 *
 * It is the format of age-keygen(1), so that age(1) reads what was encrypted
 * without us.
 */
#include <err.h>
#include <fcntl.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "io/cli.h"

#include "backup.h"

/*
 * All of TEXT to the disk: 0 or -1.
 *
 * A key that is lost makes every later backup worthless, so it has to be on the
 * disk before its public half is shown, and used.
 */
static int
write_secret(int fd, const char *text, size_t len)
{
	ssize_t n;

	for (; len > 0; text += n, len -= (size_t)n)
		if ((n = write(fd, text, len)) == -1)
			return -1;
	return fsync(fd);
}

/*
 * A file that exists is never written to, as it may be the key of all backups
 * so far.  The public key is printed last, and only when the secret one is
 * safe.  What was half written is removed; memory that has held the secret is
 * wiped in each case.
 */
static int
key_main(int argc, char *argv[])
{
	char public[SEAL_KEY_TEXT], secret[SEAL_KEY_TEXT];
	const char *path;
	struct base_buf b;
	int fd, rc = EX_OK;

	while (io_cli_next(argc, argv, "", backup_key.synopsis) != -1)
		;
	if (argc - optind != 1)
		io_cli_usage(backup_key.synopsis, 0);
	path = argv[optind];
	if ((fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC,
	    0600)) == -1) {
		warn("%s", path);
		return EX_CANTCREAT;
	}
	seal_key_make(secret, public);
	base_buf_init(&b);
	base_buf_fmt(&b, "# public key: %s\n%s\n", public, secret);
	if (!base_buf_ok(&b) || write_secret(fd, b.data, b.len) == -1) {
		warn("%s", path);
		unlink(path);
		rc = EX_IOERR;
	}
	close(fd);
	explicit_bzero(secret, sizeof(secret));
	if (b.data != NULL)
		explicit_bzero(b.data, b.len);
	base_buf_reset(&b);
	base_buf_str(&b, public);
	if (rc == EX_OK)
		io_cli_last(&b);
	return rc;
}

const struct backup_command backup_key = {
	"key", key_main, "key [-hV] file"
};
