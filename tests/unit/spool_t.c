/* SPDX-License-Identifier: ISC */
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>

#include "base/buf.h"
#include "base/crc32c.h"
#include "base/uuid.h"
#include "spool/look.h"
#include "spool/reader.h"
#include "spool/record.h"
#include "spool/writer.h"

#include "tap.h"

static struct spool_record
record(const char *payload)
{
	struct spool_record r = { .time_ms = 1700000000123, .count = 1,
	    .key = "test", .keylen = 4, .payload = payload,
	    .len = strlen(payload) };

	base_uuid_v7(r.id, r.time_ms);
	return r;
}

static int
append(struct spool_writer *w, const char *payload)
{
	struct spool_record r = record(payload);

	return spool_writer_append(w, &r);
}

/* The payloads of all records, joined. */
static const char *
read_all(const char *dir, struct spool_reader_stats *stats)
{
	static struct base_buf b;
	struct spool_reader *r;
	struct spool_record rec;
	struct spool_place place;
	int busy;

	base_buf_reset(&b);
	base_buf_str(&b, "");
	if ((r = spool_reader_open(dir, &busy)) == NULL)
		return "no reader";
	while (spool_reader_next(r, &rec, &place) == 1)
		base_buf_add(&b, rec.payload, rec.len);
	if (stats != NULL)
		*stats = *spool_reader_stats(r);
	spool_reader_end(r);
	return b.data;
}

/* The newest segment, "" if there is none. */
static const char *
segment_of(const char *dir)
{
	static char path[512];
	struct dirent *e;
	DIR *d = opendir(dir);
	char name[256] = "";

	while ((e = readdir(d)) != NULL)
		if (strstr(e->d_name, ".seg") != NULL &&
		    strcmp(e->d_name, name) > 0)
			strlcpy(name, e->d_name, sizeof(name));
	closedir(d);
	path[0] = '\0';
	if (name[0] != '\0')
		snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

/* A record of the version before witnesses is read, and found. */
static void
old_records(void)
{
	static const char old[] = "LOC\x02LOC\x01" "\x27\0\0\0" "....";
	struct spool_record d;
	uint8_t b[4 + 51] = { 0 };
	uint32_t crc;
	size_t size;

	memcpy(b, old, sizeof(old) - 1);
	memset(b + 16, 0xab, 16);
	b[40] = 1;			/* a report */
	b[44] = 4;			/* bytes of the key */
	memcpy(b + 45, "testline2\n", 10);
	crc = base_crc32c(0, b + 4, 8);
	crc = base_crc32c(crc, b + 16, 39);
	memcpy(b + 12, &crc, 4);	/* on the machines that we test on */
	is_int((long long)spool_record_scan(b, sizeof(b)), 4,
	    "an old record is found");
	ok(spool_record_decode(&d, b + 4, 51, &size) == SPOOL_RECORD_OK &&
	    size == 51 && d.keylen == 4 && d.len == 6 && d.count == 1 &&
	    memcmp(d.payload, "line2\n", 6) == 0 &&
	    obs_witness_is_none(&d.witness), "and read, of nobody");
	b[7] = 3;
	is_int(spool_record_decode(&d, b + 4, 51, &size),
	    SPOOL_RECORD_BROKEN, "one of another version is not");
	is_int((long long)spool_record_scan(b, sizeof(b)), sizeof(b),
	    "nor found");
}

static void
records(void)
{
	struct spool_record r = record("line\n"), d;
	uint8_t head[SPOOL_RECORD_HEAD_MAX];
	struct base_buf b;
	size_t i, size;
	int bad = 0;

	is_int(base_crc32c(0, "123456789", 9), 0xe3069283, "CRC-32C");
	base_buf_init(&b);
	base_buf_add(&b, head, spool_record_head(head, &r));
	base_buf_add(&b, r.payload, r.len);
	ok(spool_record_decode(&d, b.data, b.len, &size) == SPOOL_RECORD_OK &&
	    size == b.len && d.time_ms == r.time_ms && d.count == 1 &&
	    d.keylen == 4 && memcmp(d.key, "test", 4) == 0 && d.len == 5 &&
	    memcmp(d.payload, "line\n", 5) == 0 &&
	    memcmp(d.id, r.id, sizeof(r.id)) == 0 && !d.restored, "decode");
	r.restored = 1;
	base_buf_reset(&b);
	base_buf_add(&b, head, spool_record_head(head, &r));
	base_buf_add(&b, r.payload, r.len);
	ok(spool_record_decode(&d, b.data, b.len, &size) == SPOOL_RECORD_OK &&
	    d.count == 1 && d.restored, "one from a backup");
	for (i = 0; i < b.len; i++)
		bad += spool_record_decode(&d, b.data, i, &size) !=
		    SPOOL_RECORD_INCOMPLETE;
	is_int(bad, 0, "every beginning is incomplete");
	for (i = 0; i < b.len; i++) {
		b.data[i] ^= 0x10;
		bad += spool_record_decode(&d, b.data, b.len, &size) ==
		    SPOOL_RECORD_OK;
		b.data[i] ^= 0x10;
	}
	is_int(bad, 0, "every flipped bit is seen");
	r.witness = (struct obs_witness){ OBS_WITNESS_KEYED, 0x1234, 7 };
	base_buf_reset(&b);
	base_buf_add(&b, head, spool_record_head(head, &r));
	base_buf_add(&b, r.payload, r.len);
	ok(spool_record_decode(&d, b.data, b.len, &size) == SPOOL_RECORD_OK &&
	    d.witness.class == OBS_WITNESS_KEYED && d.witness.tag == 0x1234 &&
	    d.witness.source == 7 && d.len == 5, "its witness");
	r.keylen = SPOOL_RECORD_KEY_MAX + 1;
	is_int((int)spool_record_head(head, &r), 0, "a key too long");
	base_buf_done(&b);
}

static void
torn(void)
{
	struct spool_reader_stats st;
	struct spool_writer *w;
	char dir[32], path[512];
	struct stat sb;
	off_t size;
	int bad = 0, i;

	for (i = 0, size = 1; i < size; i++) {
		snprintf(dir, sizeof(dir), "torn%d", i);
		w = spool_writer_open(dir, 1 << 20, 1 << 20);
		append(w, "one ");
		append(w, "two ");
		snprintf(path, sizeof(path), "%s", segment_of(dir));
		spool_writer_end(w);
		stat(path, &sb);
		size = sb.st_size / 2;
		if (truncate(path, size + i) == -1)
			bad++;
		bad += strcmp(read_all(dir, &st), "one ") != 0 ||
		    st.bad_bytes != 0 || st.torn_bytes != (uint64_t)i;
	}
	ok(size > 40 && bad == 0, "cut at every byte of the last record");
}

static void
flipped(void)
{
	struct spool_reader_stats st;
	struct spool_writer *w;
	char c, path[512];
	int bad = 0, fd, i, n = 0;
	struct stat sb;
	off_t size;

	w = spool_writer_open("flip", 1 << 20, 1 << 20);
	append(w, "one ");
	append(w, "two ");
	append(w, "three ");
	snprintf(path, sizeof(path), "%s", segment_of("flip"));
	spool_writer_end(w);
	stat(path, &sb);
	size = (sb.st_size - 2) / 3;
	fd = open(path, O_RDWR);
	for (i = (int)size; i < 2 * size; i++, n++) {
		bad += pread(fd, &c, 1, i) != 1;
		c ^= 0x40;
		bad += pwrite(fd, &c, 1, i) != 1;
		bad += strcmp(read_all("flip", &st), "one three ") != 0 ||
		    st.bad_bytes != (uint64_t)size;
		c ^= 0x40;
		bad += pwrite(fd, &c, 1, i) != 1;
	}
	close(fd);
	ok(n > 40 && bad == 0, "any damaged byte costs its record only");
	is_str(read_all("flip", NULL), "one two three ", "mended again");
	ok(access("flip/bad", F_OK) == 0, "damaged bytes are kept aside");
}

struct hammer {
	struct spool_writer	*w;
	int			 id, failed;
};

static void *
hammer(void *arg)
{
	struct hammer *h = arg;
	char text[32];
	int i;

	for (i = 0; i < 50; i++) {
		snprintf(text, sizeof(text), "%d.%d\n", h->id, i);
		h->failed += append(h->w, text) == -1;
	}
	return NULL;
}

static void
threads(void)
{
	struct hammer h[8];
	struct spool_writer *w = spool_writer_open("threads", 1 << 24, 4096);
	pthread_t t[8];
	char *seen, *p;
	const char *all;
	int failed = 0, i, id, n, lines = 0, twice = 0;

	for (i = 0; i < 8; i++) {
		h[i] = (struct hammer){ w, i, 0 };
		pthread_create(&t[i], NULL, hammer, &h[i]);
	}
	for (i = 0; i < 8; i++) {
		pthread_join(t[i], NULL);
		failed += h[i].failed;
	}
	spool_writer_end(w);
	is_int(failed, 0, "appends of eight threads");
	all = read_all("threads", NULL);
	seen = calloc(8, 50);
	for (p = (char *)(uintptr_t)all; sscanf(p, "%d.%d", &id, &n) == 2;
	    p = strchr(p, '\n') + 1) {
		lines++;
		twice += seen[id * 50 + n]++;
	}
	free(seen);
	ok(lines == 400 && twice == 0, "each read once, over segments");
}

static void
cursors(void)
{
	struct spool_writer *w = spool_writer_open("cur", 1 << 20, 1 << 20);
	struct spool_record rec;
	struct spool_place p1, p2;
	struct spool_reader *r;
	int64_t undone;
	int busy;

	append(w, "a");
	append(w, "b");
	r = spool_reader_open("cur", &busy);
	ok(spool_reader_open("cur", &busy) == NULL && busy == 1,
	    "one reader at a time");
	ok(spool_reader_next(r, &rec, &p1) == 1 && *rec.payload == 'a', "a");
	ok(spool_reader_next(r, &rec, &p2) == 1 && *rec.payload == 'b', "b");
	ok(spool_reader_next(r, &rec, &p2) == 0, "no more now");
	append(w, "c");
	ok(spool_reader_next(r, &rec, &p2) == 1 && *rec.payload == 'c',
	    "what was appended meanwhile");
	spool_reader_sent(r, &p2);
	spool_reader_done(r, &p1);
	spool_reader_set_note(r, "note 1 2");
	spool_reader_rewind(r);
	ok(spool_reader_next(r, &rec, &p2) == 1 && *rec.payload == 'b',
	    "again from what is done");
	spool_reader_sent(r, &p2);
	ok(spool_reader_next(r, &rec, &p1) == 1 && *rec.payload == 'c',
	    "read, but not passed on");
	ok(spool_reader_save(r) == 0, "save");
	spool_reader_end(r);
	r = spool_reader_open("cur", &busy);
	is_str(spool_reader_note(r), "note 1 2", "the note");
	ok(spool_reader_next(r, &rec, &p2) == 1 && *rec.payload == 'c',
	    "goes on where it was");
	spool_reader_sent(r, &p2);
	ok(spool_reader_place(r, 0, &p1, &undone) == 1 &&
	    p1.offset == p2.offset && undone > 0 &&
	    spool_reader_place(r, 1, &p1, &undone) == 0, "how far it was sent");
	spool_reader_done(r, &p2);
	spool_reader_clean(r, 0, 1 << 20, 0);
	ok(*segment_of("cur") != '\0', "a segment in use stays");
	spool_writer_end(w);
	ok(spool_reader_next(r, &rec, &p2) == 0, "it has ended");
	spool_reader_clean(r, 3600, 1 << 20, 0);
	ok(*segment_of("cur") != '\0', "a young segment stays");
	spool_reader_clean(r, 0, 1 << 20, 0);
	ok(*segment_of("cur") == '\0', "a finished one goes");
	ok(spool_reader_next(r, &rec, &p2) == 0, "an empty spool");
	spool_reader_end(r);
}

static int
segments(const char *dir)
{
	struct dirent *e;
	DIR *d = opendir(dir);
	int n = 0;

	while ((e = readdir(d)) != NULL)
		n += strstr(e->d_name, ".seg") != NULL;
	closedir(d);
	return n;
}

/* A writer appends TEXT and ends, well or by a signal. */
static void
write_and_end(const char *dir, const char *text, int well)
{
	struct spool_writer *w;

	if (fork() == 0) {
		w = spool_writer_open(dir, 1 << 20, 4096);
		append(w, text);
		if (well)
			spool_writer_end(w);
		_exit(0);
	}
	wait(NULL);
}

/* Wait for the next record; its payload's first letter, or 0. */
static int
letter(struct spool_reader *r, struct spool_place *place)
{
	struct spool_record rec;
	int i;

	for (i = 0; i < 200; i++) {
		if (spool_reader_next(r, &rec, place) == 1)
			return *rec.payload;
		usleep(10000);
	}
	return 0;
}

/* Writers that end well leave their segment to the next. */
static void
taken_up(void)
{
	struct spool_place place;
	struct spool_record rec;
	struct spool_reader *r;
	struct spool_writer *w;
	char big[4096];
	int busy, fd, n;

	write_and_end("up", "a", 1);
	write_and_end("up", "b", 1);
	is_int(segments("up"), 1, "one segment for one writer after another");
	r = spool_reader_open("up", &busy);
	letter(r, &place);
	is_int(letter(r, &place), 'b', "all is read");
	ok(spool_reader_next(r, &rec, &place) == 0, "and it has ended");
	spool_reader_done(r, &place);

	w = spool_writer_open("up", 1 << 20, 4096);
	append(w, "c");
	spool_reader_clean(r, 0, 0, 0);
	is_int(segments("up"), 1, "what is taken up is not deleted");
	is_int(letter(r, &place), 'c', "what was appended then is read");
	write_and_end("up", "d", 0);
	is_int(segments("up"), 2, "what another holds is not taken up");
	is_int(letter(r, &place), 'd', "it is read, too");
	spool_writer_end(w);
	write_and_end("up", "e", 1);
	is_int(segments("up"), 2, "nor what a dead one left");
	is_int(letter(r, &place), 'e', "but what was left well");

	memset(big, 'f', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	write_and_end("up", big, 1);
	write_and_end("up", "g", 1);
	is_int(segments("up"), 3, "nor what is full");
	is_int(letter(r, &place), 'f', "the last of the full one");
	is_int(letter(r, &place), 'g', "the first of the next");

	spool_reader_done(r, &place);
	spool_reader_next(r, &rec, &place);
	spool_reader_clean(r, 0, 0, 0);
	write_and_end("up", "h", 1);
	is_int(letter(r, &place), 'h', "after it was deleted there is another");

	spool_reader_done(r, &place);
	spool_reader_next(r, &rec, &place);
	n = segments("up");
	fd = open(segment_of("up"), O_RDONLY);
	flock(fd, LOCK_EX);
	spool_reader_clean(r, 0, 0, 0);
	is_int(segments("up"), n, "somebody is about to take it up");
	close(fd);
	spool_reader_clean(r, 0, 0, 0);
	is_int(segments("up"), n - 1, "nobody is");
	spool_reader_end(r);
}

/* Somebody makes room by hand, while others write and read. */
static void
meddled(void)
{
	struct spool_place place;
	struct spool_record rec;
	struct spool_reader *r;
	struct spool_writer *w = spool_writer_open("med", 1 << 20, 4096);
	int busy;

	append(w, "a");
	unlink(segment_of("med"));
	append(w, "b");
	is_int(segments("med"), 1, "not into a segment that was removed");
	r = spool_reader_open("med", &busy);
	is_int(letter(r, &place), 'b', "what comes then is read");
	spool_reader_done(r, &place);
	ok(truncate(segment_of("med"), 0) == 0, "cut");
	append(w, "c");
	is_int(segments("med"), 2, "nor into one that was cut");
	is_int(letter(r, &place), 'c', "what comes then is read");
	spool_reader_done(r, &place);
	spool_writer_end(w);
	spool_reader_end(r);

	write_and_end("left", "a", 1);
	r = spool_reader_open("left", &busy);
	is_int(letter(r, &place), 'a', "read");
	ok(spool_reader_next(r, &rec, &place) == 0, "and left to the next");
	ok(truncate(segment_of("left"), 0) == 0, "cut");
	usleep(50000);
	ok(spool_reader_next(r, &rec, &place) == 0, "that shows");
	write_and_end("left", "b", 1);
	is_int(letter(r, &place), 'b', "the next goes on where it was cut");
	spool_reader_done(r, &place);
	spool_reader_end(r);
}

/* After a failure nothing may follow what was cut off. */
static void
abandoned(void)
{
	struct rlimit small = { 8192, RLIM_INFINITY };
	struct spool_writer *w;
	char big[6000];

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	if (fork() == 0) {
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &small);
		w = spool_writer_open("gone", 1 << 20, 1 << 20);
		append(w, "a");
		append(w, big);
		append(w, big);
		spool_writer_end(w);
		_exit(0);
	}
	wait(NULL);
	write_and_end("gone", "b", 1);
	is_int(segments("gone"), 2, "a segment that was cut is left alone");
}

/* What others see of a spool. */
static void
peek(void)
{
	struct spool_writer *w;
	struct spool_record rec;
	struct spool_place place;
	struct spool_reader *r;
	struct stat sb;
	struct spool_look size;
	int busy;

	ok(spool_look_size("peek", &size) == 0, "no spool");
	w = spool_writer_open("peek", 1 << 20, 1 << 20);
	append(w, "a");
	append(w, "b");
	stat(segment_of("peek"), &sb);
	ok(spool_look_size("peek", &size) == 1 &&
	    size.bytes == sb.st_size && size.waiting == size.bytes,
	    "all of it waits");
	r = spool_reader_open("peek", &busy);
	spool_reader_next(r, &rec, &place);
	spool_reader_sent(r, &place);
	spool_reader_save(r);
	ok(spool_look_size("peek", &size) == 1 &&
	    size.bytes == sb.st_size &&
	    size.waiting == size.bytes - place.offset,
	    "but what was passed on");
	spool_reader_end(r);
	spool_writer_end(w);
	ok(spool_look_size("/dev/null", &size) == -1,
	    "no directory");
}

/* Reads are in the order of names, and that is the order of writing. */
static void
ordered(void)
{
	struct spool_writer *w;
	int i, rc = 0;

	w = spool_writer_open("order", 1 << 20, 1);
	for (i = 0; i < 26; i++)
		rc |= append(w, (char []){ (char)('a' + i), '\0' });
	spool_writer_end(w);
	ok(rc == 0 && segments("order") == 26, "segments of one millisecond");
	is_str(read_all("order", NULL), "abcdefghijklmnopqrstuvwxyz",
	    "are read in order");
}

static void
limits(void)
{
	struct rlimit small = { 8192, RLIM_INFINITY };
	struct spool_writer *w;
	char big[6000];
	int rc1, rc2, status;

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	w = spool_writer_open("full", 10000, 1 << 20);
	ok(append(w, big) == 0, "below the mark");
	ok(append(w, big) == -1 && errno == ENOSPC, "above the mark");
	ok(append(w, "small") == 0, "small ones still fit");
	spool_writer_end(w);

	/* A disk that takes only part of a record. */
	if (fork() == 0) {
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &small);
		w = spool_writer_open("disk", 1 << 20, 1 << 20);
		rc1 = append(w, big) == 0 && append(w, big) == -1;
		rc2 = append(w, "after") == 0;
		spool_writer_end(w);
		_exit(rc1 && rc2 ? 0 : 1);
	}
	wait(&status);
	ok(status == 0, "a failed append is cut off, later ones work");
	ok(strlen(read_all("disk", NULL)) == sizeof(big) - 1 + 5,
	    "only what was acknowledged is there");
	ok(spool_writer_open("/dev/null/x", 1, 1) == NULL, "no directory");
}

/* A spool that is full of what one writer holds. */
static void
held(void)
{
	struct spool_writer *w = spool_writer_open("held", 10000, 1 << 20);
	struct spool_place place;
	struct spool_record rec;
	struct spool_reader *r;
	char big[6000];
	int busy;

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	ok(append(w, big) == 0 && append(w, big) == -1, "the spool is full");
	r = spool_reader_open("held", &busy);
	is_int(letter(r, &place), 'x', "the reader takes it");
	spool_reader_done(r, &place);
	spool_reader_next(r, &rec, &place);
	spool_reader_clean(r, 0, 0, 0);
	is_int(segments("held"), 0, "and may delete it");
	usleep(200000);
	ok(append(w, big) == 0, "so that there is room again");
	spool_reader_end(r);
	spool_writer_end(w);
}

/* A large submission becomes records of whole lines. */
static void
split(void)
{
	struct spool_writer *w = spool_writer_open("split", 1 << 30, 1 << 30);
	struct spool_record rec, r = { .time_ms = 1, .key = "test",
	    .keylen = 4 };
	uint8_t last[SPOOL_RECORD_ID_LEN] = { 0 };
	struct spool_place place;
	struct spool_reader *reader;
	struct base_buf all, got;
	size_t largest = 0;
	int busy, i, n, odd = 0, reports = 0;

	base_buf_init(&all);
	base_buf_init(&got);
	for (i = 0; i < 300000; i++)
		base_buf_fmt(&all, "{\"n\": %d}\n", i);
	/* One line is larger than a record should be. */
	for (i = 0; i < 2 << 20; i++)
		base_buf_chr(&all, 'x');
	base_buf_str(&all, "\nlast\n");
	r.count = 300002;
	r.payload = all.data;
	r.len = all.len;
	base_uuid_v7(r.id, 1);
	r.id[15] = 0xfe;
	r.id[14] = 0xff;
	ok(spool_writer_append(w, &r) == 0, "append %zu bytes", all.len);
	r.payload = "after\n";
	r.len = 6;
	r.count = 1;
	base_uuid_v7(r.id, 2);
	ok(spool_writer_append(w, &r) == 0, "and a small one");
	spool_writer_end(w);
	reader = spool_reader_open("split", &busy);
	for (n = 0; spool_reader_next(reader, &rec, &place) == 1; n++) {
		if (rec.len < 2 << 20 && rec.len > largest)
			largest = rec.len;
		reports += (int)rec.count;
		odd += rec.payload[rec.len - 1] != '\n' ||
		    memcmp(rec.id, last, sizeof(last)) == 0 ||
		    rec.keylen != 4;
		memcpy(last, rec.id, sizeof(last));
		base_buf_add(&got, rec.payload, rec.len);
	}
	ok(n > 5 && n < 10, "%d records", n);
	ok(largest <= 1 << 20, "%zu bytes are the most", largest);
	is_int(odd, 0, "of whole lines, each with an id of its own");
	is_int(reports, 300003, "all reports are counted");
	base_buf_str(&all, "after\n");
	ok(got.len == all.len && memcmp(got.data, all.data, got.len) == 0,
	    "and all bytes are there");
	spool_reader_end(reader);
	base_buf_done(&all);
	base_buf_done(&got);
}

int
main(void)
{
	tap_scratch();
	if (freopen("log", "w", stderr) == NULL)
		return 1;
	records();
	old_records();
	torn();
	flipped();
	threads();
	cursors();
	taken_up();
	meddled();
	abandoned();
	peek();
	ordered();
	limits();
	held();
	split();
	return tap_done();
}
