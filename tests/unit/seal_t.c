/* SPDX-License-Identifier: ISC */
/*
 * Keys against those that age's own tests use; what is written is read again,
 * and nothing that was changed on the way is.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <unistd.h>

#include "base/buf.h"
#include "seal/bech32.h"
#include "seal/key.h"
#include "seal/reader.h"
#include "seal/writer.h"
#include "tap.h"

#define SECRET	"AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48" \
		"UAWX40Q2P2LM0"
#define PUBLIC	"age1xmwwc06ly3ee5rytxm9mflaz2u56jjj36s0mypdrwsvlul66mv4q47ryef"
#define CHUNK	65536
#define HEAD	184	/* of a file for one reader: 22 + 54 + 44 + 48, 16 */

static struct seal_key_list secret, public;

static void
write_file(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);

	if (fd == -1 || write(fd, text, strlen(text)) == -1 ||
	    fchmod(fd, mode) == -1)
		exit(1);
	close(fd);
}

static int
add_to_buf(void *arg, const void *data, size_t len)
{
	base_buf_add(arg, data, len);
	return 0;
}

/* Read LEN bytes of TEXT in pieces of STEP into OUT. */
static enum seal_reader_verdict
read_back(struct base_buf *out, const char *text, size_t len, size_t step,
    const struct seal_key_list *keys)
{
	struct seal_reader *r;
	size_t i, n;

	base_buf_reset(out);
	r = seal_reader_new(keys, add_to_buf, out);
	for (i = 0; i < len; i += n) {
		n = len - i < step ? len - i : step;
		seal_reader_add(r, text + i, n);
	}
	return seal_reader_end(r);
}

static void
try_keys(void)
{
	char s[SEAL_KEY_TEXT], p[SEAL_KEY_TEXT];
	struct seal_key_list l;
	const char *at;
	int i, bad = 0;

	write_file("key", "# a comment\n\n" SECRET "\r\n", 0600);
	is_int(seal_key_open(&secret, "key"), 0, "a file of keys");
	is_int((long long)secret.n, 1, "one key");
	seal_key_public_of(&public, &secret);
	seal_key_format(p, &public, 0);
	is_str(p, PUBLIC, "its public key");
	write_file("key2", SECRET "\n", 0640);
	is_int(seal_key_open(&l, "key2"), -1, "a file that others can read");
	write_file("key2", "nothing\n", 0600);
	is_int(seal_key_open(&l, "key2"), -1, "a line that is no key");
	write_file("key2", "# nothing\n", 0600);
	is_int(seal_key_open(&l, "key2"), -1, "no key");
	is_int(seal_key_open(&l, "none"), -1, "no file");

	ok(seal_key_public(&l, " " PUBLIC "\n" PUBLIC " ", NULL) == NULL &&
	    l.n == 2, "two public keys");
	ok(seal_key_public(&l, "", NULL) != NULL, "no public key");
	ok(seal_key_public(&l, PUBLIC " " SECRET, &at) != NULL &&
	    strcmp(at, SECRET) == 0, "a secret key is refused, and told where");
	for (i = 0; i < 62; i++) {
		strlcpy(p, PUBLIC, sizeof(p));
		p[i] = p[i] == 'q' ? 'p' : 'q';
		bad += seal_key_public(&l, p, NULL) == NULL;
		strlcpy(p, PUBLIC, sizeof(p));
		p[i] = '\0';
		bad += seal_key_public(&l, p, NULL) == NULL;
	}
	is_int(bad, 0, "nothing mistyped or cut is a key");
	ok(seal_key_public(&l, PUBLIC "q", NULL) != NULL, "nor longer");
	ok(seal_key_public(&l, "Age1xmwwc06ly3ee5rytxm9mflaz2u56jjj36s0mypdr"
	    "wsvlul66mv4q47ryef", NULL) != NULL, "nor in both cases");
	seal_key_make(s, p);
	write_file("key2", s, 0600);
	is_int(seal_key_open(&l, "key2"), 0, "a new key");
	seal_key_public_of(&l, &l);
	seal_key_format(s, &l, 0);
	is_str(s, p, "is a pair");
}

static void
try_sizes(void)
{
	static const size_t sizes[] = { 0, 1, 15, CHUNK - 1, CHUNK, CHUNK + 1,
	    2 * CHUNK, 3 * CHUNK + 77 };
	struct base_buf in, out, text;
	size_t i, k, step;
	int good;

	base_buf_init(&in);
	base_buf_init(&out);
	base_buf_init(&text);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		base_buf_reset(&in);
		base_buf_reset(&text);
		for (k = 0; k < sizes[i]; k++)
			base_buf_chr(&in, (char)(k * 7 + k / 251));
		seal_writer_buf(&text, &public, in.data, in.len);
		is_int((long long)text.len, (long long)(HEAD +
		    in.len + 16 * (in.len == 0 ? 1 : (in.len + CHUNK - 1) / CHUNK)), "its length");
		good = 1;
		for (step = 1; step < 300000; step = step * 37 + 1)
			good &= read_back(&out, text.data, text.len, step,
			    &secret) == SEAL_READER_OK &&
			    out.len == in.len && (in.len == 0 ||
			    memcmp(out.data, in.data, in.len) == 0);
		ok(good, "%zu bytes there and back", sizes[i]);
	}
	base_buf_done(&in);
	base_buf_done(&out);
	base_buf_done(&text);
}

/* Every byte of a file counts, and its end. */
static void
try_damage(void)
{
	struct seal_key_list other, two;
	enum seal_reader_verdict v;
	struct base_buf in, out, text;
	char s[SEAL_KEY_TEXT], p[SEAL_KEY_TEXT], *swap;
	size_t bad = 0, i, n, whole;

	base_buf_init(&in);
	base_buf_init(&out);
	base_buf_init(&text);
	for (i = 0; i < 3 * CHUNK; i++)
		base_buf_chr(&in, (char)i);
	seal_writer_buf(&text, &public, in.data, 300);
	for (i = 0; i < text.len; i++) {
		text.data[i] ^= 4;
		if (read_back(&out, text.data, text.len, 4096, &secret) ==
		    SEAL_READER_OK)
			bad++;
		text.data[i] ^= 4;
		v = read_back(&out, text.data, i, 4096, &secret);
		if (v != SEAL_READER_CUT && (v != SEAL_READER_DAMAGED ||
		    i < HEAD || out.len > 0))
			bad++;
	}
	is_int((long long)bad, 0, "no byte may change or be missing");
	base_buf_chr(&text, 'x');
	is_int(read_back(&out, text.data, text.len, 4096, &secret),
	    SEAL_READER_DAMAGED, "nor one be added");

	base_buf_reset(&text);
	seal_writer_buf(&text, &public, in.data, in.len);
	whole = HEAD + 2 * (CHUNK + 16);
	is_int(read_back(&out, text.data, whole, 4096, &secret),
	    SEAL_READER_CUT, "cut between two chunks");
	is_int(read_back(&out, text.data, HEAD, 4096, &secret),
	    SEAL_READER_CUT, "cut behind the header");
	swap = malloc(CHUNK + 16);
	memcpy(swap, text.data + HEAD, CHUNK + 16);
	memmove(text.data + HEAD, text.data + HEAD + CHUNK + 16, CHUNK + 16);
	memcpy(text.data + HEAD + CHUNK + 16, swap, CHUNK + 16);
	free(swap);
	is_int(read_back(&out, text.data, text.len, 4096, &secret),
	    SEAL_READER_DAMAGED, "chunks that were swapped");
	is_int((long long)out.len, 0, "of which nothing is passed on");

	base_buf_reset(&text);
	base_buf_str(&text, "age-encryption.org/v2\n-> X25519 x\n");
	is_int(read_back(&out, text.data, text.len, 1, &secret),
	    SEAL_READER_FOREIGN, "another version");
	base_buf_reset(&text);
	base_buf_str(&text, "age-encryption.org/v1\n-> X25519 x");
	for (n = 0; n < 100000; n++)
		base_buf_chr(&text, 'x');
	is_int(read_back(&out, text.data, text.len, 10, &secret),
	    SEAL_READER_DAMAGED, "a header without an end");

	/* For others, and for several. */
	seal_key_make(s, p);
	write_file("key2", s, 0600);
	seal_key_open(&other, "key2");
	base_buf_reset(&text);
	seal_writer_buf(&text, &public, "text", 4);
	is_int(read_back(&out, text.data, text.len, 9, &other),
	    SEAL_READER_NO_KEY, "it is for somebody else");
	seal_key_public_of(&two, &other);
	memcpy(two.key[1], public.key[0], SEAL_KEY_BYTES);
	two.n = 2;
	base_buf_reset(&text);
	seal_writer_buf(&text, &two, "text", 4);
	is_int(read_back(&out, text.data, text.len, 9, &secret),
	    SEAL_READER_OK, "the second of two readers");
	is_int(read_back(&out, text.data, text.len, 9, &other),
	    SEAL_READER_OK, "the first");
	is_str(out.data, "text", "reads it");
	base_buf_done(&in);
	base_buf_done(&out);
	base_buf_done(&text);
}

static int
refuse(void *arg, const void *data, size_t len)
{
	(void)arg, (void)data, (void)len;
	return -1;
}

int
main(void)
{
	struct seal_writer *w;
	struct seal_reader *r;
	struct base_buf out, text;

	tap_scratch();
	if (freopen("/dev/null", "w", stderr) == NULL)
		return 1;
	try_keys();
	try_sizes();
	try_damage();
	w = seal_writer_new(&public, refuse, NULL);
	is_int(seal_writer_add(w, "x", 1), -1, "a sink that stops");
	is_int(seal_writer_end(w, 1), -1, "to the end");
	base_buf_init(&out);
	base_buf_init(&text);
	w = seal_writer_new(&public, add_to_buf, &text);
	seal_writer_add(w, "x", 1);
	is_int(seal_writer_end(w, 0), -1, "given up");
	is_int(read_back(&out, text.data, text.len, 99, &secret),
	    SEAL_READER_CUT, "is not whole");
	base_buf_reset(&text);
	seal_writer_buf(&text, &public, "x", 1);
	r = seal_reader_new(&secret, refuse, NULL);
	seal_reader_add(r, text.data, text.len);
	is_int(seal_reader_end(r), SEAL_READER_STOPPED, "a reader's sink");
	base_buf_done(&out);
	base_buf_done(&text);
	return tap_done();
}
