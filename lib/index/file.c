/* SPDX-License-Identifier: ISC */
/*
 * A table is a section of records in the order of their mixed keys, and a
 * directory: for each value of the first bits of a key, where its records
 * begin.  As mixed keys are spread evenly, a key is near where its next bits
 * say within these, so that a search touches a line of the directory, and one
 * or two of the records.
 *
 * When a file is opened the header is copied and checked: that sections lie
 * within the file and have as many records as fit.  What is read later is
 * numbers within sections, each of which is compared with its bound where it is
 * used.
 */
#include <sys/mman.h>
#include <sys/stat.h>

#include <assert.h>
#include <err.h>
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/crc32c.h"
#include "base/sha256.h"
#include "index/file.h"
#include "index/mix.h"
#include "index/record.h"
#include "io/mapped.h"

#define DIR_LEN		4	/* bytes of an entry of a directory */
#define MAX_BITS	32
#define FEW		32	/* records that are searched one by one */

struct index_file {
	const uint8_t	*data;
	size_t		 len;
	struct io_mapped *mapped;	/* data is that of; or NULL */
	char		*name;		/* for warnings */
	uint8_t		 head[INDEX_FORMAT_HEAD];
	struct index_record_regions regions;
	struct index_file_section section[INDEX_FORMAT_KINDS];
};

static const struct {
	const char	*name;
	uint32_t	 record;	/* bytes; 0: depends, or none */
	int		 dir;		/* the section of its directory */
} kinds[INDEX_FORMAT_KINDS] = {
	[INDEX_FORMAT_BLUE] = { "blue", 0, INDEX_FORMAT_BLUE_DIR },
	[INDEX_FORMAT_BLUE_DIR] = { "blue_dir", DIR_LEN, 0 },
	[INDEX_FORMAT_WIFI] = { "wifi", 0, INDEX_FORMAT_WIFI_DIR },
	[INDEX_FORMAT_WIFI_DIR] = { "wifi_dir", DIR_LEN, 0 },
	[INDEX_FORMAT_ODD_BLUE] = { "odd_blue", INDEX_FORMAT_WHOLE_LEN, 0 },
	[INDEX_FORMAT_ODD_WIFI] = { "odd_wifi", INDEX_FORMAT_WHOLE_LEN, 0 },
	[INDEX_FORMAT_CELL] = { "cell", INDEX_FORMAT_CELL_LEN,
	    INDEX_FORMAT_CELL_DIR },
	[INDEX_FORMAT_CELL_DIR] = { "cell_dir", DIR_LEN, 0 },
	[INDEX_FORMAT_PLACES] = { "places", 1, 0 },
	[INDEX_FORMAT_AREA] = { "area", INDEX_FORMAT_AREA_LEN,
	    INDEX_FORMAT_AREA_DIR },
	[INDEX_FORMAT_AREA_DIR] = { "area_dir", DIR_LEN, 0 },
	[INDEX_FORMAT_REGIONS] = { "regions", INDEX_FORMAT_REGION_LEN, 0 },
	[INDEX_FORMAT_KEY] = { "key", INDEX_FORMAT_KEY_LEN, 0 },
	[INDEX_FORMAT_KEY_TEXT] = { "key_text", 1, 0 },
	[INDEX_FORMAT_DROPPED] = { "dropped", INDEX_FORMAT_DROPPED_LEN, 0 },
	[INDEX_FORMAT_ENDS] = { "ends", INDEX_FORMAT_ENDS_LEN, 0 }
};

const char *
index_file_name(int kind)
{
	return kind > 0 && kind < INDEX_FORMAT_KINDS ? kinds[kind].name : NULL;
}

/* Bytes of a mixed address that are left behind the first BITS. */
static size_t
rest_len(uint32_t bits)
{
	return (INDEX_MIX_MAC_BITS - bits + 7) / 8;
}

/* Bytes of a record of MACs in F, without the key and the marks. */
static size_t
core_len(const struct index_file *f)
{
	return base_bytes_get_le(f->head + INDEX_FORMAT_AT_FLAGS, 4) &
	    INDEX_FORMAT_WHOLE ? INDEX_FORMAT_WHOLE_LEN : INDEX_FORMAT_MAC_LEN;
}

/* What is wrong with the header of F; NULL if nothing is. */
static const char *
check_head(const struct index_file *f)
{
	const uint8_t *h = f->head;

	if (f->len < INDEX_FORMAT_HEAD || memcmp(h, INDEX_FORMAT_MAGIC,
	    sizeof(INDEX_FORMAT_MAGIC) - 1) != 0)
		return "not an index";
	if (base_bytes_get_le(h + INDEX_FORMAT_AT_ORDER, 4) !=
	    INDEX_FORMAT_ORDER)
		return "bytes are in another order";
	if (base_bytes_get_le(h + INDEX_FORMAT_AT_VERSION, 4) !=
	    INDEX_FORMAT_VERSION)
		return "of a version that is not known";
	if (base_crc32c(0, h, INDEX_FORMAT_AT_CRC) !=
	    base_bytes_get_le(h + INDEX_FORMAT_AT_CRC, 4))
		return "its header is damaged";
	if (base_bytes_get_le(h + INDEX_FORMAT_AT_SIZE, 8) != f->len)
		return "not as long as it says";
	if (base_bytes_get_le(h + INDEX_FORMAT_AT_COUNT, 4) >
	    INDEX_FORMAT_SECTIONS)
		return "too many sections";
	return NULL;
}

/* Take the section that is described at P.  0 if it cannot be. */
static int
take_section(struct index_file *f, const uint8_t *p)
{
	uint64_t kind = base_bytes_get_le(p, 4);
	uint64_t at = base_bytes_get_le(p + 8, 8);
	struct index_file_section *s;

	if (kind == 0 || kind >= INDEX_FORMAT_KINDS)
		return 1;		/* of a later program */
	s = &f->section[kind];
	if (s->bytes != NULL)
		return 0;
	s->record = (uint32_t)base_bytes_get_le(p + 4, 4);
	s->len = base_bytes_get_le(p + 16, 8);
	s->count = base_bytes_get_le(p + 24, 8);
	s->bits = (uint32_t)base_bytes_get_le(p + 32, 4);
	s->marks = (uint32_t)base_bytes_get_le(p + 36, 4);
	s->crc = (uint32_t)base_bytes_get_le(p + 40, 4);
	if (at > f->len || s->len > f->len - at || s->record == 0 ||
	    s->len % s->record != 0 || s->len / s->record != s->count)
		return 0;
	s->bytes = f->data + at;
	return 1;
}

/* Does section KIND fit its directory, and have the records that it says? */
static int
check_table(const struct index_file *f, int kind)
{
	const struct index_file_section *s = &f->section[kind], *dir;

	if (s->bytes == NULL)
		return 1;
	if (!index_format_is_mac(kind) && s->record < kinds[kind].record)
		return 0;
	if (kinds[kind].dir == 0)
		return 1;
	dir = &f->section[kinds[kind].dir];
	if (dir->bytes == NULL || dir->record != DIR_LEN ||
	    s->count > UINT32_MAX || s->bits > MAX_BITS ||
	    dir->count != (UINT64_C(1) << s->bits) + 1)
		return 0;
	return !index_format_is_mac(kind) || (s->marks <= INDEX_FORMAT_MARKS &&
	    s->record == rest_len(s->bits) + core_len(f) +
	    s->marks * INDEX_FORMAT_MARK_LEN);
}

/* Check what F has.  NULL, or what is wrong. */
static const char *
take_sections(struct index_file *f)
{
	const char *why = check_head(f);
	size_t i, n;
	int kind;

	if (why != NULL)
		return why;
	n = base_bytes_get_le(f->head + INDEX_FORMAT_AT_COUNT, 4);
	for (i = 0; i < n; i++)
		if (!take_section(f, f->head + INDEX_FORMAT_FIRST +
		    i * INDEX_FORMAT_SECTION))
			return "a section does not fit";
	for (kind = 1; kind < INDEX_FORMAT_KINDS; kind++)
		if (!check_table(f, kind))
			return "a section does not fit";
	f->regions.code = f->section[INDEX_FORMAT_REGIONS].bytes;
	f->regions.n = f->section[INDEX_FORMAT_REGIONS].count;
	if (f->section[INDEX_FORMAT_REGIONS].bytes != NULL &&
	    f->section[INDEX_FORMAT_REGIONS].record != INDEX_FORMAT_REGION_LEN)
		return "a section does not fit";
	return NULL;
}

/* Check and name F, which has a file.  NULL after a warning, F being freed. */
static struct index_file *
finish(struct index_file *f, const char *name)
{
	const char *why;

	if ((f->name = strdup(name)) == NULL)
		warn("%s", name);
	else if ((why = take_sections(f)) == NULL)
		return f;
	else
		warnx("%s: %s", name, why);
	index_file_free(f);
	return NULL;
}

/* Read the header of FD into F; 0, or -1 after a warning. */
static int
read_head(struct index_file *f, int fd, const char *path)
{
	struct stat st;
	ssize_t n = 0;

	if (fstat(fd, &st) == -1 || (S_ISREG(st.st_mode) &&
	    (n = pread(fd, f->head, sizeof(f->head), 0)) == -1)) {
		warn("%s", path);
		return -1;
	}
	if (n == sizeof(f->head))
		return 0;
	warnx("%s: not an index", path);
	return -1;
}

/* Map the file at PATH as that of F; 0, or -1 after a warning. */
static int
map_file(struct index_file *f, const char *path)
{
	int fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1) {
		warn("%s", path);
		return -1;
	}
	if (read_head(f, fd, path) == -1) {
		close(fd);
		return -1;
	}
	if ((f->mapped = io_mapped_new(fd, path)) == NULL)
		return -1;
	f->data = f->mapped->data;
	f->len = f->mapped->len;
	madvise((void *)(uintptr_t)f->data, f->len, MADV_RANDOM);
	return 0;
}

static struct index_file *
open_file(const char *path)
{
	struct index_file *f;

	if ((f = calloc(1, sizeof(*f))) == NULL)
		warn("%s", path);
	else if (map_file(f, path) == 0)
		return finish(f, path);
	free(f);
	return NULL;
}

static int
is_delta(const struct index_file *f)
{
	return (base_bytes_get_le(f->head + INDEX_FORMAT_AT_FLAGS, 4) &
	    INDEX_FORMAT_DELTA) != 0;
}

struct index_file *
index_file_open(const char *path)
{
	struct index_file *f = open_file(path);

	if (f == NULL || !is_delta(f))
		return f;
	warnx("%s: a delta, not an index", path);
	index_file_free(f);
	return NULL;
}

struct index_file *
index_file_open_delta(const char *path)
{
	struct index_file *f = open_file(path);

	if (f == NULL || (is_delta(f) &&
	    f->section[INDEX_FORMAT_ENDS].count == 1))
		return f;
	warnx("%s: not a delta", path);
	index_file_free(f);
	return NULL;
}

struct index_file *
index_file_of(const void *data, size_t len, const char *name)
{
	struct index_file *f;

	if ((f = calloc(1, sizeof(*f))) == NULL) {
		warn("%s", name);
		return NULL;
	}
	f->data = data;
	f->len = len;
	memcpy(f->head, data, len < sizeof(f->head) ? len : sizeof(f->head));
	return finish(f, name);
}

void
index_file_free(struct index_file *f)
{
	if (f == NULL)
		return;
	io_mapped_free(f->mapped);
	free(f->name);
	free(f);
}

int
index_file_check(const struct index_file *f)
{
	return f->mapped == NULL ? 0 : io_mapped_check(f->mapped);
}

void
index_file_about(const struct index_file *f, struct index_file_about *a)
{
	const uint8_t *h = f->head;

	memset(a, 0, sizeof(*a));
	a->size = f->len;
	a->built_s = (int64_t)base_bytes_get_le(h + INDEX_FORMAT_AT_BUILT, 8);
	a->flags = (uint32_t)base_bytes_get_le(h + INDEX_FORMAT_AT_FLAGS, 4);
	a->version = (uint32_t)base_bytes_get_le(h + INDEX_FORMAT_AT_VERSION,
	    4);
	memcpy(a->name, h + INDEX_FORMAT_AT_NAME, INDEX_FORMAT_NAME_LEN);
}

/* The header without what a signature changes. */
static void
plain_head(const struct index_file *f, uint8_t h[INDEX_FORMAT_HEAD])
{
	memcpy(h, f->head, INDEX_FORMAT_HEAD);
	memset(h + INDEX_FORMAT_AT_SIGNER, 0, INDEX_FORMAT_SIGNER_LEN +
	    INDEX_FORMAT_SIGNATURE_LEN);
	memset(h + INDEX_FORMAT_AT_CRC, 0, 4);
}

void
index_file_id(const struct index_file *f, uint8_t id[INDEX_FORMAT_ID_LEN])
{
	uint8_t h[INDEX_FORMAT_HEAD];

	_Static_assert(INDEX_FORMAT_ID_LEN == BASE_SHA256_BYTES, "one size");
	plain_head(f, h);
	base_sha256(id, h, sizeof(h));
}

int
index_file_signed(const struct index_file *f,
    uint8_t signer[INDEX_FORMAT_SIGNER_LEN],
    uint8_t signature[INDEX_FORMAT_SIGNATURE_LEN])
{
	static const uint8_t none[INDEX_FORMAT_SIGNER_LEN];

	memcpy(signer, f->head + INDEX_FORMAT_AT_SIGNER, sizeof(none));
	memcpy(signature, f->head + INDEX_FORMAT_AT_SIGNATURE,
	    INDEX_FORMAT_SIGNATURE_LEN);
	return memcmp(signer, none, sizeof(none)) != 0;
}

const struct index_file_section *
index_file_section(const struct index_file *f, enum index_format_kind kind)
{
	assert(kind > 0 && kind < INDEX_FORMAT_KINDS);
	return &f->section[kind];
}

int
index_file_verify(const struct index_file *f)
{
	const struct index_file_section *s;
	uint8_t sha[BASE_SHA256_BYTES];
	int kind, rc = 0;

	base_sha256(sha, f->data + INDEX_FORMAT_HEAD,
	    f->len - INDEX_FORMAT_HEAD);
	if (memcmp(sha, f->head + INDEX_FORMAT_AT_SHA, sizeof(sha)) != 0) {
		warnx("%s: not what was written", f->name);
		rc = -1;
	}
	for (kind = 1; kind < INDEX_FORMAT_KINDS; kind++) {
		s = &f->section[kind];
		if (s->bytes == NULL ||
		    base_crc32c(0, s->bytes, s->len) == s->crc)
			continue;
		warnx("%s: section %s is damaged", f->name, kinds[kind].name);
		rc = -1;
	}
	return rc;
}

/* Where the records of bucket B of a table begin: number, within the table. */
static uint64_t
bucket_start(const struct index_file *f, int kind, uint64_t b)
{
	const uint8_t *dir = f->section[kinds[kind].dir].bytes;
	uint64_t at = base_bytes_get_le(dir + b * DIR_LEN, DIR_LEN);

	return at < f->section[kind].count ? at : f->section[kind].count;
}

static const uint8_t *
record_at(const struct index_file_section *s, uint64_t i)
{
	return s->bytes + i * s->record;
}

/* The first BITS bits of a record, which is of eight bytes at least. */
static uint64_t
first_bits(const uint8_t *rec, uint32_t bits)
{
	return base_bytes_get_le(rec, 8) & ((UINT64_C(1) << bits) - 1);
}

/*
 * The record of section S, from LO to before HI, that begins with REST, BITS
 * bits of a key.  As the rests are spread evenly the search begins where this
 * one should be; of many records, which chance does not make, it halves them
 * first.
 */
static const uint8_t *
find_rest(const struct index_file_section *s, uint64_t lo, uint64_t hi,
    uint64_t rest, uint32_t bits)
{
	uint32_t all = (bits + 7) / 8 * 8;
	uint64_t i;

	while (hi > lo && hi - lo > FEW) {
		i = lo + (hi - lo) / 2;
		if (first_bits(record_at(s, i), all) <= rest)
			lo = i;
		else
			hi = i;
	}
	if (lo >= hi)
		return NULL;
	i = lo + ((hi - lo) * rest >> bits);
	if (i >= hi)
		return NULL;
	if (first_bits(record_at(s, i), all) < rest)
		while (++i < hi && first_bits(record_at(s, i), all) < rest)
			;
	else
		while (i > lo && first_bits(record_at(s, i - 1), all) >= rest)
			i--;
	if (i == hi || first_bits(record_at(s, i), all) != rest)
		return NULL;
	return record_at(s, i);
}

/* The section of short records of KIND, or of whole ones. */
static int
section_of(enum obs_kind kind, int odd)
{
	assert(kind == OBS_BLUE || kind == OBS_WIFI);
	if (kind == OBS_BLUE)
		return odd ? INDEX_FORMAT_ODD_BLUE : INDEX_FORMAT_BLUE;
	return odd ? INDEX_FORMAT_ODD_WIFI : INDEX_FORMAT_WIFI;
}

/*
 * Set R from a record of KIND, without key.  0 if it points to nothing.
 */
static int
unpack_mac(const struct index_file *f, enum obs_kind kind,
    const uint8_t *rec, struct station_row *r)
{
	const struct index_file_section *odd =
	    &f->section[section_of(kind, 1)];
	uint32_t n;

	if (core_len(f) == INDEX_FORMAT_WHOLE_LEN)
		index_record_whole_unpack(r, rec, &f->regions);
	else if (!index_record_is_odd(rec, &n)) {
		index_record_mac_unpack(r, rec, &f->regions);
		index_record_marks_unpack(r, rec + INDEX_FORMAT_MAC_LEN,
		    f->section[section_of(kind, 0)].marks);
	} else if (n < odd->count)
		index_record_whole_unpack(r, record_at(odd, n), &f->regions);
	else
		return 0;
	return 1;
}

/* Bits of a mixed address that the directory of S does not know. */
static uint32_t
rest_bits(const struct index_file_section *s)
{
	return INDEX_MIX_MAC_BITS - s->bits;
}

/* These of the address that is looked for. */
static uint64_t
rest_of(const struct index_file_search *s)
{
	return s->mixed & ((UINT64_C(1) << rest_bits(s->section)) - 1);
}

void
index_file_begin(struct index_file_search *s, const struct index_file *f,
    enum obs_kind kind, const uint8_t mac[RADIO_MAC_LEN])
{
	int k = section_of(kind, 0);

	s->section = &f->section[k];
	s->mixed = index_mix_mac(mac);
	if (s->section->count > 0)
		__builtin_prefetch(f->section[kinds[k].dir].bytes +
		    (s->mixed >> rest_bits(s->section)) * DIR_LEN);
}

/*
 * Two records are fetched, as a search begins where the record should be and
 * may end in the next line of the cache.
 */
void
index_file_ahead(struct index_file_search *s, const struct index_file *f)
{
	const struct index_file_section *sec = s->section;
	uint32_t bits = rest_bits(sec);
	const uint8_t *rec;

	s->lo = s->hi = 0;
	if (sec->count == 0)
		return;
	s->lo = bucket_start(f, (int)(sec - f->section), s->mixed >> bits);
	s->hi = bucket_start(f, (int)(sec - f->section),
	    (s->mixed >> bits) + 1);
	if (s->lo >= s->hi || s->hi - s->lo > FEW)
		return;
	rec = record_at(sec, s->lo + ((s->hi - s->lo) * rest_of(s) >> bits));
	__builtin_prefetch(rec);
	__builtin_prefetch(rec + sec->record);
}

/* Have the whole record fetched that REC, of KIND, may point to. */
static void
fetch_odd(const struct index_file *f, enum obs_kind kind, const uint8_t *rec)
{
	const struct index_file_section *odd =
	    &f->section[section_of(kind, 1)];
	uint32_t n;

	if (core_len(f) == INDEX_FORMAT_WHOLE_LEN ||
	    !index_record_is_odd(rec, &n) || n >= odd->count)
		return;
	__builtin_prefetch(record_at(odd, n));
	__builtin_prefetch(record_at(odd, n) + odd->record - 1);
}

const uint8_t *
index_file_end(const struct index_file_search *s, const struct index_file *f)
{
	const struct index_file_section *sec = s->section;
	const uint8_t *rec;

	rec = find_rest(sec, s->lo, s->hi, rest_of(s), rest_bits(sec));
	if (rec == NULL)
		return NULL;
	rec += rest_len(sec->bits);
	fetch_odd(f, sec == &f->section[INDEX_FORMAT_BLUE] ? OBS_BLUE :
	    OBS_WIFI, rec);
	return rec;
}

int
index_file_read_mac(const struct index_file *f, enum obs_kind kind,
    const uint8_t mac[RADIO_MAC_LEN], const uint8_t *rec,
    struct station_row *r)
{
	station_row_init(r);
	memcpy(r->key, mac, RADIO_MAC_LEN);
	return unpack_mac(f, kind, rec, r);
}

int
index_file_mac(const struct index_file *f, enum obs_kind kind,
    const uint8_t mac[RADIO_MAC_LEN], struct station_row *r)
{
	struct index_file_search s;
	const uint8_t *rec;

	index_file_begin(&s, f, kind, mac);
	index_file_ahead(&s, f);
	rec = index_file_end(&s, f);
	return rec != NULL && index_file_read_mac(f, kind, mac, rec, r);
}

/*
 * The record of a table whose records begin with KEY of LEN bytes, the mixed
 * key of which is MIXED.  There are a few in a bucket, unless somebody has
 * made a file to be slow.
 */
static const uint8_t *
find_key(const struct index_file *f, int kind, uint64_t mixed,
    const uint8_t *key, size_t len)
{
	const struct index_file_section *s = &f->section[kind];
	uint64_t b, i, end;

	if (s->count == 0)
		return NULL;
	b = s->bits == 0 ? 0 : mixed >> (64 - s->bits);
	i = bucket_start(f, kind, b);
	end = bucket_start(f, kind, b + 1);
	if (end > i && end - i > FEW * FEW)
		end = i + FEW * FEW;
	for (; i < end; i++)
		if (memcmp(record_at(s, i), key, len) == 0)
			return record_at(s, i);
	return NULL;
}

static void
unpack_cell(const struct index_file *f, const uint8_t *rec,
    struct station_row *r)
{
	const struct index_file_section *p = &f->section[INDEX_FORMAT_PLACES];

	station_row_init(r);
	index_record_cell_unpack(r, rec, &f->regions, p->bytes,
	    p->bytes == NULL ? 0 : p->len);
}

int
index_file_cell(const struct index_file *f,
    const uint8_t key[RADIO_CELL_KEY_MAX], struct station_row *r)
{
	const uint8_t *rec = find_key(f, INDEX_FORMAT_CELL,
	    index_mix_cell(key), key, RADIO_CELL_KEY_MAX);

	if (rec == NULL)
		return 0;
	unpack_cell(f, rec, r);
	return 1;
}

static void
unpack_area(const struct index_file *f, const uint8_t *rec,
    struct station_area *a, struct station_centre *c)
{
	station_row_area_init(a);
	station_row_centre_init(c);
	index_record_area_unpack(a, c, rec, &f->regions);
}

int
index_file_area(const struct index_file *f,
    const uint8_t key[RADIO_CELL_AREA_MAX], struct station_area *a,
    struct station_centre *c)
{
	const uint8_t *rec = find_key(f, INDEX_FORMAT_AREA,
	    index_mix_area(key), key, RADIO_CELL_AREA_MAX);

	if (rec == NULL)
		return 0;
	unpack_area(f, rec, a, c);
	return 1;
}

int
index_file_key_at(const struct index_file *f, uint64_t i,
    char name[INDEX_FORMAT_KEY_NAME + 1], const char **text, size_t *len)
{
	const struct index_file_section *s = &f->section[INDEX_FORMAT_KEY];
	const struct index_file_section *t = &f->section[INDEX_FORMAT_KEY_TEXT];
	const uint8_t *rec;
	uint64_t at, n;

	if (i >= s->count)
		return 0;
	rec = record_at(s, i);
	memcpy(name, rec, INDEX_FORMAT_KEY_NAME);
	name[INDEX_FORMAT_KEY_NAME] = '\0';
	at = base_bytes_get_le(rec + INDEX_FORMAT_KEY_NAME, 4);
	n = base_bytes_get_le(rec + INDEX_FORMAT_KEY_NAME + 4, 4);
	*text = "";
	*len = 0;
	if (t->bytes != NULL && at <= t->len && n <= t->len - at) {
		*text = (const char *)t->bytes + at;
		*len = n;
	}
	return 1;
}

int
index_file_key(const struct index_file *f, const char *name,
    const char **text, size_t *len)
{
	uint64_t lo = 0, hi = f->section[INDEX_FORMAT_KEY].count, i;
	char at[INDEX_FORMAT_KEY_NAME + 1];
	int d;

	while (lo < hi) {
		i = lo + (hi - lo) / 2;
		index_file_key_at(f, i, at, text, len);
		if ((d = strcmp(name, at)) == 0)
			return 1;
		if (d < 0)
			hi = i;
		else
			lo = i + 1;
	}
	return 0;
}

/* Pass over cells and areas of a radio that is none. */
static void
skip_odd_radios(const struct index_file_section *s, struct index_file_item *it)
{
	while (it->i < s->count && record_at(s, it->i)[0] >= RADIO_CELL_TYPES)
		it->i++;
}

/*
 * The address of a record is its bucket, which is found by walking along the
 * directory, and the rest.
 */
int
index_file_next(const struct index_file *f, enum index_format_kind kind,
    struct index_file_item *it)
{
	const struct index_file_section *s = &f->section[kind];
	uint32_t bits = INDEX_MIX_MAC_BITS - s->bits;
	uint64_t last;
	size_t len;

	if (kind == INDEX_FORMAT_CELL || kind == INDEX_FORMAT_AREA)
		skip_odd_radios(s, it);
	if (it->i >= s->count)
		return 0;
	it->record = record_at(s, it->i);
	memset(it->key, 0, sizeof(it->key));
	if (index_format_is_mac((int)kind)) {
		last = (UINT64_C(1) << s->bits) - 1;
		while (it->bucket < last &&
		    bucket_start(f, (int)kind, it->bucket + 1) <= it->i)
			it->bucket++;
		len = rest_len(s->bits);
		index_mix_mac_back(it->key, it->bucket << bits |
		    (base_bytes_get_le(it->record, len) &
		    ((UINT64_C(1) << bits) - 1)));
		it->record += len;
	} else
		memcpy(it->key, it->record, kind == INDEX_FORMAT_CELL ?
		    RADIO_CELL_KEY_MAX : RADIO_CELL_AREA_MAX);
	it->i++;
	return 1;
}

void
index_file_row(const struct index_file *f, enum index_format_kind kind,
    const struct index_file_item *it, struct station_row *r)
{
	if (kind == INDEX_FORMAT_CELL) {
		unpack_cell(f, it->record, r);
		return;
	}
	station_row_init(r);
	memcpy(r->key, it->key, RADIO_MAC_LEN);
	unpack_mac(f, kind == INDEX_FORMAT_BLUE ? OBS_BLUE : OBS_WIFI,
	    it->record, r);
}

void
index_file_area_row(const struct index_file *f,
    const struct index_file_item *it, struct station_area *a,
    struct station_centre *c)
{
	unpack_area(f, it->record, a, c);
}
