/* SPDX-License-Identifier: ISC */
#include <sys/prctl.h>
#include <sys/resource.h>

#include "io/privs.h"
#include "tap.h"

static void
test_names(void)
{
	struct io_privs p;
	char root[] = "root", both[] = "root:root";

	ok(io_privs_find(&p, root) == NULL && p.uid == 0 && p.gid == 0,
	    "root and its group");
	is_str(p.name, "root", "has a name");
	ok(io_privs_find(&p, both) == NULL && p.gid == 0, "with a group");
	is_str(io_privs_find(&p, "nobody-has-this"), "no such user", "none");
	is_str(io_privs_find(&p, ""), "no such user", "an empty one");
	is_str(io_privs_find(&p, "root:nobody-has-this"), "no such group",
	    "no group");
}

static void
test_cores(void)
{
	struct rlimit rl;

	io_privs_no_cores();
	ok(getrlimit(RLIMIT_CORE, &rl) == 0 && rl.rlim_cur == 0 &&
	    rl.rlim_max == 0, "no core, for good");
#ifdef __SANITIZE_ADDRESS__
	ok(1, "sanitizers look for leaks");
#else
	is_int(prctl(PR_GET_DUMPABLE), 0, "nobody else reads the memory");
#endif
}

int
main(void)
{
	test_names();
	test_cores();
	return tap_done();
}
